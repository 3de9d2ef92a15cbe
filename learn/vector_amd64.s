#include "textflag.h"

// func dotAVX(a, b *float32, n int) float32
TEXT ·dotAVX(SB), NOSPLIT, $0-28
	MOVQ   a+0(FP), SI
	MOVQ   b+8(FP), DI
	MOVQ   n+16(FP), CX
	VXORPS Y0, Y0, Y0

next:
	SUBQ    $8, CX
	JLT     sum
	VMOVUPS (SI), Y1
	VMULPS  (DI), Y1, Y1
	VADDPS  Y1, Y0, Y0
	ADDQ    $32, SI
	ADDQ    $32, DI
	JMP     next

sum:
	VEXTRACTF128 $1, Y0, X1
	VADDPS       X1, X0, X0 // s0+s4, s1+s5, s2+s6, s3+s7
	VMOVHLPS     X0, X0, X1
	VADDPS       X1, X0, X0 // (s0+s4)+(s2+s6), (s1+s5)+(s3+s7)
	VMOVSHDUP    X0, X1
	VADDSS       X1, X0, X0
	VZEROUPPER
	MOVSS        X0, ret+24(FP)
	RET

// func addOuterAVX(p, u, v *float32, rows, n int)
TEXT ·addOuterAVX(SB), NOSPLIT, $0-40
	MOVQ   p+0(FP), DI
	MOVQ   u+8(FP), SI
	MOVQ   v+16(FP), DX
	MOVQ   rows+24(FP), CX
	MOVQ   n+32(FP), R8
	SHLQ   $2, R8           // bytes of a row
	VXORPS X2, X2, X2

row:
	SUBQ         $1, CX
	JLT          done
	VMOVSS       (SI), X0
	ADDQ         $4, SI
	UCOMISS      X2, X0
	JNE          work
	JPS          work
	ADDQ         R8, DI     // u[i] is 0
	JMP          row

work:
	VBROADCASTSS X0, Y0
	XORQ         R9, R9

next:
	VMULPS  (DX)(R9*1), Y0, Y1
	VADDPS  (DI)(R9*1), Y1, Y1
	VMOVUPS Y1, (DI)(R9*1)
	ADDQ    $32, R9
	CMPQ    R9, R8
	JLT     next
	ADDQ    R8, DI
	JMP     row

done:
	VZEROUPPER
	RET

// func addRowsAVX(y, p, x *float32, rows, n int)
TEXT ·addRowsAVX(SB), NOSPLIT, $0-40
	MOVQ   y+0(FP), DI
	MOVQ   p+8(FP), DX
	MOVQ   x+16(FP), SI
	MOVQ   rows+24(FP), CX
	MOVQ   n+32(FP), R8
	SHLQ   $2, R8
	VXORPS X2, X2, X2

row:
	SUBQ         $1, CX
	JLT          done
	VMOVSS       (SI), X0
	ADDQ         $4, SI
	UCOMISS      X2, X0
	JNE          work
	JPS          work
	ADDQ         R8, DX
	JMP          row

work:
	VBROADCASTSS X0, Y0
	XORQ         R9, R9

next:
	VMULPS  (DX)(R9*1), Y0, Y1
	VADDPS  (DI)(R9*1), Y1, Y1
	VMOVUPS Y1, (DI)(R9*1)
	ADDQ    $32, R9
	CMPQ    R9, R8
	JLT     next
	ADDQ    R8, DX
	JMP     row

done:
	VZEROUPPER
	RET
