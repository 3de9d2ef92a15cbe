#include "textflag.h"

// SUM leaves in X the sum of the eight numbers of Y, the same register, by way of X15:
// ((s0+s4)+(s2+s6)) + ((s1+s5)+(s3+s7)).
#define SUM(Y, X) \
	VEXTRACTF128 $1, Y, X15; \
	VADDPS       X15, X, X;  \
	VMOVHLPS     X, X, X15;  \
	VADDPS       X15, X, X;  \
	VMOVSHDUP    X, X15;     \
	VADDSS       X15, X, X

// func dotAVX(a, b *float32, n int) float32
TEXT ·dotAVX(SB), NOSPLIT, $0-28
	MOVQ   a+0(FP), SI
	MOVQ   b+8(FP), DI
	MOVQ   n+16(FP), CX
	VXORPS Y0, Y0, Y0

next:
	VMOVUPS (SI), Y1
	VMULPS  (DI), Y1, Y1
	VADDPS  Y1, Y0, Y0
	ADDQ    $32, SI
	ADDQ    $32, DI
	SUBQ    $8, CX
	JGT     next

	SUM(Y0, X0)
	VZEROUPPER
	MOVSS X0, ret+24(FP)
	RET

// func dotsAVX(a, b, c, d *float32, n int) (ab, cd float32)
TEXT ·dotsAVX(SB), NOSPLIT, $0-48
	MOVQ   a+0(FP), SI
	MOVQ   b+8(FP), DI
	MOVQ   c+16(FP), R8
	MOVQ   d+24(FP), R9
	MOVQ   n+32(FP), CX
	SHLQ   $2, CX
	XORQ   AX, AX
	VXORPS Y0, Y0, Y0
	VXORPS Y1, Y1, Y1

next:
	VMOVUPS (SI)(AX*1), Y2
	VMOVUPS (R8)(AX*1), Y3
	VMULPS  (DI)(AX*1), Y2, Y2
	VMULPS  (R9)(AX*1), Y3, Y3
	VADDPS  Y2, Y0, Y0
	VADDPS  Y3, Y1, Y1
	ADDQ    $32, AX
	CMPQ    AX, CX
	JLT     next

	SUM(Y0, X0)
	SUM(Y1, X1)
	VZEROUPPER
	MOVSS X0, ab+40(FP)
	MOVSS X1, cd+44(FP)
	RET

// func addScaledAVX(y, x *float32, n int, scale float32)
TEXT ·addScaledAVX(SB), NOSPLIT, $0-28
	MOVQ         y+0(FP), DI
	MOVQ         x+8(FP), SI
	MOVQ         n+16(FP), CX
	VBROADCASTSS scale+24(FP), Y0

next:
	VMULPS  (SI), Y0, Y1
	VADDPS  (DI), Y1, Y1
	VMOVUPS Y1, (DI)
	ADDQ    $32, SI
	ADDQ    $32, DI
	SUBQ    $8, CX
	JGT     next
	VZEROUPPER
	RET

// func addProductsAVX(y, a, b *float32, n int, scale float32)
TEXT ·addProductsAVX(SB), NOSPLIT, $0-36
	MOVQ         y+0(FP), DI
	MOVQ         a+8(FP), SI
	MOVQ         b+16(FP), DX
	MOVQ         n+24(FP), R8
	VBROADCASTSS scale+32(FP), Y0
	SHLQ         $2, R8
	XORQ         AX, AX

next:
	VMOVUPS (SI)(AX*1), Y1
	VMULPS  (DX)(AX*1), Y1, Y1
	VMULPS  Y1, Y0, Y1
	VADDPS  (DI)(AX*1), Y1, Y1
	VMOVUPS Y1, (DI)(AX*1)
	ADDQ    $32, AX
	CMPQ    AX, R8
	JLT     next
	VZEROUPPER
	RET

DATA sign<>+0(SB)/4, $0x80000000
GLOBL sign<>(SB), RODATA|NOPTR, $4

// func boundAVX(x, squares *float32, n int, most float32) float32
TEXT ·boundAVX(SB), NOSPLIT, $0-36
	MOVQ         x+0(FP), DI
	MOVQ         squares+8(FP), SI
	MOVQ         n+16(FP), R8
	VBROADCASTSS most+24(FP), Y1
	VBROADCASTSS sign<>(SB), Y2
	VXORPS       Y1, Y2, Y2
	VXORPS       Y0, Y0, Y0
	SHLQ         $2, R8
	XORQ         AX, AX

next:
	VMOVUPS (DI)(AX*1), Y3
	VMINPS  Y1, Y3, Y3
	VMAXPS  Y2, Y3, Y3
	VMOVUPS Y3, (DI)(AX*1)
	VMULPS  Y3, Y3, Y3
	VMOVUPS Y3, (SI)(AX*1)
	VADDPS  Y3, Y0, Y0
	ADDQ    $32, AX
	CMPQ    AX, R8
	JLT     next

	SUM(Y0, X0)
	VZEROUPPER
	MOVSS X0, ret+32(FP)
	RET

// ROW has R point to the next row of rows, and Y hold its number of x.
#define ROW(R, Y) \
	MOVBLZX      (R10), R;        \
	VBROADCASTSS (SI)(R*4), Y;    \
	IMULQ        R8, R;           \
	ADDQ         DX, R;           \
	INCQ         R10

// func addRowsAVX(y, p, x *float32, n int, rows *uint8, count int)
//
// Four rows go into y at a time, one after the other.
TEXT ·addRowsAVX(SB), NOSPLIT, $0-48
	MOVQ y+0(FP), DI
	MOVQ p+8(FP), DX
	MOVQ x+16(FP), SI
	MOVQ n+24(FP), R8
	MOVQ rows+32(FP), R10
	MOVQ count+40(FP), CX
	SHLQ $2, R8           // bytes of a row

four:
	SUBQ $4, CX
	JLT  last
	ROW(R11, Y0)
	ROW(R12, Y1)
	ROW(R13, Y2)
	ROW(BX, Y3)
	XORQ AX, AX

next:
	VMULPS  (R11)(AX*1), Y0, Y4
	VADDPS  (DI)(AX*1), Y4, Y4
	VMULPS  (R12)(AX*1), Y1, Y5
	VADDPS  Y5, Y4, Y4
	VMULPS  (R13)(AX*1), Y2, Y6
	VADDPS  Y6, Y4, Y4
	VMULPS  (BX)(AX*1), Y3, Y7
	VADDPS  Y7, Y4, Y4
	VMOVUPS Y4, (DI)(AX*1)
	ADDQ    $32, AX
	CMPQ    AX, R8
	JLT     next
	JMP     four

last:
	ADDQ $4, CX

one:
	SUBQ $1, CX
	JLT  done
	ROW(R11, Y0)
	XORQ AX, AX

nextOfOne:
	VMULPS  (R11)(AX*1), Y0, Y4
	VADDPS  (DI)(AX*1), Y4, Y4
	VMOVUPS Y4, (DI)(AX*1)
	ADDQ    $32, AX
	CMPQ    AX, R8
	JLT     nextOfOne
	JMP     one

done:
	VZEROUPPER
	RET

// LESS takes away from Y8 and Y9, of two rows, what one vector's eight numbers at V come to times X and times Z.
#define LESS(V, X, Z) \
	VMOVUPS (V)(AX*1), Y10; \
	VMULPS  Y10, X, Y11;    \
	VMULPS  Y10, Z, Y12;    \
	VSUBPS  Y11, Y8, Y8;    \
	VSUBPS  Y12, Y9, Y9

// func subOutersAVX(p, vs *float32, n int)
//
// Two rows are gone through at a time, so that the vectors are read once for both.
TEXT ·subOutersAVX(SB), NOSPLIT, $0-24
	MOVQ p+0(FP), DI
	MOVQ vs+8(FP), SI
	MOVQ n+16(FP), R8
	MOVQ R8, CX
	SHLQ $2, R8            // bytes of a row
	LEAQ (SI)(R8*1), R9    // the second vector, the third, the fourth
	LEAQ (R9)(R8*1), R10
	LEAQ (R10)(R8*1), R11
	LEAQ (DI)(R8*1), R12   // the second row
	XORQ DX, DX

rows:
	VBROADCASTSS (SI)(DX*1), Y0
	VBROADCASTSS (R9)(DX*1), Y1
	VBROADCASTSS (R10)(DX*1), Y2
	VBROADCASTSS (R11)(DX*1), Y3
	VBROADCASTSS 4(SI)(DX*1), Y4
	VBROADCASTSS 4(R9)(DX*1), Y5
	VBROADCASTSS 4(R10)(DX*1), Y6
	VBROADCASTSS 4(R11)(DX*1), Y7
	ADDQ         $8, DX
	XORQ         AX, AX

next:
	VMOVUPS (DI)(AX*1), Y8
	VMOVUPS (R12)(AX*1), Y9
	LESS(SI, Y0, Y4)
	LESS(R9, Y1, Y5)
	LESS(R10, Y2, Y6)
	LESS(R11, Y3, Y7)
	VMOVUPS Y8, (DI)(AX*1)
	VMOVUPS Y9, (R12)(AX*1)
	ADDQ    $32, AX
	CMPQ    AX, R8
	JLT     next
	LEAQ    (DI)(R8*2), DI
	LEAQ    (R12)(R8*2), R12
	SUBQ    $2, CX
	JGT     rows
	VZEROUPPER
	RET

DATA one<>+0(SB)/4, $1.0
GLOBL one<>(SB), RODATA|NOPTR, $4

// func narrowAVX(known, spreads, squares *float32, n int, h, most float32) float32
TEXT ·narrowAVX(SB), NOSPLIT, $0-44
	MOVQ         known+0(FP), DI
	MOVQ         spreads+8(FP), SI
	MOVQ         squares+16(FP), DX
	MOVQ         n+24(FP), R8
	VBROADCASTSS h+32(FP), Y0
	VBROADCASTSS most+36(FP), Y1
	VBROADCASTSS one<>(SB), Y2
	VXORPS       Y3, Y3, Y3
	SHLQ         $2, R8
	XORQ         AX, AX

next:
	VMOVUPS (DX)(AX*1), Y4
	VMULPS  (SI)(AX*1), Y4, Y5
	VADDPS  Y5, Y3, Y3
	VMULPS  Y4, Y0, Y4
	VADDPS  (DI)(AX*1), Y4, Y4
	VMINPS  Y1, Y4, Y4
	VMOVUPS Y4, (DI)(AX*1)
	VDIVPS  Y4, Y2, Y4
	VMOVUPS Y4, (SI)(AX*1)
	ADDQ    $32, AX
	CMPQ    AX, R8
	JLT     next

	SUM(Y3, X3)
	VZEROUPPER
	MOVSS X3, ret+40(FP)
	RET
