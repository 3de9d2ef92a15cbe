package main

import (
	"errors"
	"fmt"

	"github.com/aparte-dev/aparte/access/oidc"
)

// singleFlags say by which identity provider people come to the console, in place of the console's own settings.
type singleFlags struct {
	Issuer  string   `help:"Single sign-on: address of the OpenID Connect provider, such as https://login.example.com; else as set in the console." name:"oidc-issuer" env:"APARTE_OIDC_ISSUER"`
	Client  string   `help:"Client id at the provider." name:"oidc-client-id" env:"APARTE_OIDC_CLIENT_ID"`
	Secret  string   `help:"Client secret at the provider." name:"oidc-client-secret" env:"APARTE_OIDC_CLIENT_SECRET"`
	Called  string   `help:"What its button is called; by default its host." name:"oidc-name" env:"APARTE_OIDC_NAME"`
	Role    string   `help:"Claim whose values reader, marketer, administrator give the role; by default roles are given in the console." name:"oidc-role-claim" env:"APARTE_OIDC_ROLE_CLAIM"`
	Domains []string `help:"Domains of verified e-mail addresses whose owners may come uninvited, as readers." name:"oidc-domains" env:"APARTE_OIDC_DOMAINS"`
	Private bool     `help:"The provider may be in a private network, this host included, and without TLS." name:"oidc-private" env:"APARTE_OIDC_PRIVATE"`
}

func (f *singleFlags) settings() (oidc.Settings, error) {
	if f.Issuer == "" && (f.Client != "" || f.Secret != "") {
		return oidc.Settings{}, errors.New("--oidc-issuer is missing")
	}
	s := oidc.Settings{Name: f.Called, Issuer: f.Issuer, Client: f.Client, Secret: f.Secret, RoleClaim: f.Role, Domains: f.Domains, Private: f.Private}
	if f.Issuer == "" {
		return s, nil
	}
	if _, err := oidc.New(oidc.Config{Given: s}); err != nil { // before anything is opened
		var fault *oidc.Fault
		if errors.As(err, &fault) {
			return s, fmt.Errorf("--oidc-%s: %s", map[string]string{"issuer": "issuer", "client": "client-id", "secret": "client-secret", "name": "name", "roleClaim": "role-claim", "domains": "domains"}[fault.Field], fault.Reason)
		}
		return s, err
	}
	return s, nil
}
