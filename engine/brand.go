package engine

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/aparte-dev/aparte"
)

// marshalBrand is a brand as the store keeps it: JSON, so that an operator can read it there.
func marshalBrand(b *aparte.Brand) ([]byte, error) {
	body, err := json.Marshal(b)
	if err != nil {
		return nil, fmt.Errorf("encode brand: %w", err)
	}
	return body, nil
}

func unmarshalBrand(body []byte) (*aparte.Brand, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	var b aparte.Brand
	if err := d.Decode(&b); err != nil {
		return nil, fmt.Errorf("decode brand: %w", err)
	}
	return &b, nil
}
