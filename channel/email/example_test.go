package email_test

import (
	"context"
	"fmt"
	"log"

	"github.com/aparte-dev/aparte/channel"
	"github.com/aparte-dev/aparte/channel/email"
	"github.com/aparte-dev/aparte/channel/mailbox"
)

func Example() {
	ctx := context.Background()
	box, err := mailbox.Start(ctx, "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	defer box.Close()

	sender, err := email.New(email.Config{
		Addr: box.Addr(),
		From: "Atelier Élise <bonjour@atelier.example>",
	})
	if err != nil {
		log.Fatal(err)
	}
	defer sender.Close()

	err = sender.Send(ctx, &channel.Message{
		Key:         "d_0123456789abcdef0123456789abcdef_7",
		To:          "ada@example.com",
		Subject:     "Votre rouge est de retour",
		Text:        "Il en reste douze à l'atelier.",
		HTML:        "<p>Il en reste douze à l'atelier.</p>",
		Unsubscribe: "https://atelier.example/u/token",
	})
	if err != nil {
		log.Fatal(err)
	}

	got := box.Mails()[0]
	fmt.Println(got.From)
	fmt.Println(got.Subject)
	fmt.Println(got.Text)
	fmt.Println(got.MessageID)
	fmt.Println(got.Get("List-Unsubscribe"))
	fmt.Println(got.Get("List-Unsubscribe-Post"))
	// Output:
	// Atelier Élise <bonjour@atelier.example>
	// Votre rouge est de retour
	// Il en reste douze à l'atelier.
	// d_0123456789abcdef0123456789abcdef_7@atelier.example
	// <https://atelier.example/u/token>
	// List-Unsubscribe=One-Click
}
