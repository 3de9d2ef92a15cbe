//go:build unix

package bench

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"
)

// Spent is the processor time that this process has taken so far, what a benchmark does as a client included. On a machine that others keep
// busy it tells more than the clock does.
func Spent() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // the address is valid, and so is who is asked about
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// Process is what the system tells of one.
type Process struct {
	Name   string
	Parent int           // who began it
	Own    time.Duration // processor time it has taken so far, to the hundredth of a second
	Ended  time.Duration // likewise, those it began and that have ended
}

// ProcessOf reads /proc/PID/stat (proc(5)). It is false where there is no such process, or the system has no such file, as all but Linux.
func ProcessOf(pid int) (p Process, is bool) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return p, false
	}
	open, end := bytes.IndexByte(stat, '('), bytes.LastIndex(stat, []byte(") "))
	if open < 0 || end < open {
		return p, false
	}
	fields := bytes.Fields(stat[end+2:]) // from the third on
	const first, last = 3, 17
	if len(fields) <= last-first {
		return p, false
	}
	is = true
	number := func(nth int) int {
		v, err := strconv.Atoi(string(fields[nth-first]))
		is = is && err == nil
		return v
	}
	const tick = time.Second / 100 // USER_HZ, which is 100 on every architecture that Go runs on
	p = Process{
		Name: string(stat[open+1 : end]), Parent: number(4),
		Own: time.Duration(number(14)+number(15)) * tick, Ended: time.Duration(number(16)+number(17)) * tick,
	}
	return p, is
}
