package email

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/channel/mailbox"
)

// mailOf is a message whose mail is about size bytes, most of them HTML with accents.
func mailOf(key string, size int) *channel.Message {
	line := `<td style="padding:0 12px"><a href="https://atelier.example/c/abcdef">À découvrir à l'atelier</a></td>` + "\n"
	return &channel.Message{
		Key:         key,
		To:          "elise.dupont@example.com",
		Subject:     "Élise, votre rouge est de retour",
		Text:        "Il en reste douze à l'atelier.\n",
		HTML:        strings.Repeat(line, size/len(line)),
		Unsubscribe: "https://atelier.example/u/token",
	}
}

func BenchmarkWrite(b *testing.B) {
	settings := testSettings(b)
	m := mailOf("d_1", 32<<10)
	b.ReportAllocs()
	for b.Loop() {
		letter, err := settings.write(m)
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(letter.data)))
	}
}

// BenchmarkSend sends to a mail server in the same process: the figures include both ends.
func BenchmarkSend(b *testing.B) {
	for _, size := range []int{4 << 10, 32 << 10} {
		b.Run(fmt.Sprintf("%dKiB", size>>10), func(b *testing.B) {
			box, err := mailbox.Start(context.Background(), "127.0.0.1:0")
			if err != nil {
				b.Fatal(err)
			}
			defer box.Close()
			sender, err := New(Config{Addr: box.Addr(), From: "bonjour@atelier.example"})
			if err != nil {
				b.Fatal(err)
			}
			defer sender.Close()

			var n atomic.Int64
			b.ReportAllocs()
			b.SetParallelism(2)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := sender.Send(b.Context(), mailOf(fmt.Sprintf("d_%d", n.Add(1)), size)); err != nil {
						b.Error(err)
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
		})
	}
}

// BenchmarkSign is what a signature adds to writing a mail, by kind of key: processor time of one core.
func BenchmarkSign(b *testing.B) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, minRSABits)
	if err != nil {
		b.Fatal(err)
	}
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	for name, keys := range map[string][]Key{
		"none": nil, "rsa": {{Selector: "a", Signer: rsaKey}}, "ed25519": {{Selector: "a", Signer: edKey}},
	} {
		b.Run(name, func(b *testing.B) {
			settings, err := Config{Addr: "127.0.0.1:25", From: "bonjour@atelier.example", Keys: keys}.check()
			if err != nil {
				b.Fatal(err)
			}
			m := mailOf("d_1", 4<<10)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := settings.write(m); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
