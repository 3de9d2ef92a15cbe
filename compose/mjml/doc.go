// Package mjml compiles MJML (https://documentation.mjml.io), in which e-mails are laid out by sections and columns, into the tables
// and inline styles that mail clients keep. It is done once, when a layout is authored; what is filled in for each reader passes through.
//
// It is a part of MJML: mj-section, mj-column, mj-text, mj-image, mj-button, mj-divider, mj-spacer, mj-raw, and mj-attributes in the
// head. What is not known is an error with its line, never left out in silence. What comes out is what stands inside of a mail's sheet: the
// frame around it, with its preheader and its way out, is Aparté's. Columns stand side by side where there is room and one below
// the other where there is not, by their own widths alone, since some clients drop style sheets.
package mjml
