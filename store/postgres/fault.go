package postgres

import (
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// SQLSTATEs that are acted upon (PostgreSQL's manual, appendix A).
const (
	divisionByZero     = "22012" // the fence
	uniqueViolation    = "23505"
	duplicateSchema    = "42P06"
	duplicateTable     = "42P07"
	readOnly           = "25006" // the server was the first and is not any more
	serialization      = "40001"
	deadlock           = "40P01"
	diskFull           = "53100"
	tooManyConnections = "53300"
	lostConnection     = "08"  // a class
	intervention       = "57P" // begins those of a server that stops or starts
)

// code is the SQLSTATE that a server answered, or empty.
func code(err error) string {
	var said *pgconn.PgError
	if errors.As(err, &said) {
		return said.Code
	}
	return ""
}

// passing says that a server's answer may be another when it is asked again: it starts or stops, or had to choose between two transactions.
func passing(err error) bool {
	switch c := code(err); c {
	case serialization, deadlock, tooManyConnections, readOnly:
		return true
	default:
		return strings.HasPrefix(c, lostConnection) || strings.HasPrefix(c, intervention)
	}
}
