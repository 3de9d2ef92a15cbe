package main

// keepingWords are what the commands say that keep a store: backup, restore, verify, rebuild.
type keepingWords struct {
	backing, restoring                      string // labels of progress
	backedUp, keyApart, restored, keyWanted string
}

// words are theirs in each language.
var words = map[string]keepingWords{
	"en": {
		backing: "Backing up", restoring: "Restoring",
		backedUp:  "Backed up to %s: %d files, %.1f MB, all that was acknowledged before %s.",
		keyApart:  "Its secrets are sealed by the master key %s, which is not in it: keep a copy of that elsewhere.",
		restored:  "Restored into %s: %d files, %.1f MB, all that was acknowledged before %s.",
		keyWanted: "Its secrets are sealed by the master key %s: put that into %s, or into %s, before the server starts.",
	},
	"fr": {
		backing: "Sauvegarde", restoring: "Restauration",
		backedUp:  "Sauvegardé dans %s : %d fichiers, %.1f Mo, tout ce qui avait été confirmé avant %s.",
		keyApart:  "Ses secrets sont scellés par la clé maîtresse %s, qui n’y est pas : gardez-en une copie ailleurs.",
		restored:  "Restauré dans %s : %d fichiers, %.1f Mo, tout ce qui avait été confirmé avant %s.",
		keyWanted: "Ses secrets sont scellés par la clé maîtresse %s : placez-la dans %s, ou dans %s, avant que le serveur ne démarre.",
	},
}
