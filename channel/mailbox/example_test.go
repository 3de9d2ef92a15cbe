package mailbox_test

import (
	"context"
	"fmt"
	"log"
	"net/smtp"

	"github.com/aparte-dev/aparte/channel/mailbox"
)

func ExampleStart() {
	box, err := mailbox.Start(context.Background(), "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	defer box.Close()

	mail := "From: elise@atelier.example\r\nSubject: =?utf-8?q?=C3=89t=C3=A9?=\r\n\r\nBonjour\r\n"
	err = smtp.SendMail(box.Addr(), nil, "elise@atelier.example", []string{"ada@example.com"}, []byte(mail))
	if err != nil {
		log.Fatal(err)
	}
	for _, m := range box.Mails() {
		fmt.Printf("%d: %s to %s: %s\n", m.ID, m.From, m.Recipients[0], m.Subject)
	}
	// Output:
	// 1: elise@atelier.example to ada@example.com: Été
}
