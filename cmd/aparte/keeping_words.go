package main

import "github.com/aparte-dev/aparte/engine"

// keepingWords are what the commands say that keep a store: backup, restore, verify, rebuild.
type keepingWords struct {
	backing, restoring, verifying, building string // labels of progress
	backedUp, keyApart, restored, keyWanted string

	lookedAt, unopened, unnamed, inPart, moreFaults, holds string

	rebuiltInto, newDatabase, lostStates, keptStates, assumed, beyond string
	sameModel, otherModel                                             string

	faults map[engine.FaultKind]string
}

// words are theirs in each language.
var words = map[string]keepingWords{
	"en": {
		backing: "Backing up", restoring: "Restoring", verifying: "Verifying", building: "Rebuilding",
		backedUp:  "Backed up to %s: %d files, %.1f MB, all that was acknowledged before %s.",
		keyApart:  "Its secrets are sealed by the master key %s, which is not in it: keep a copy of that elsewhere.",
		restored:  "Restored into %s: %d files, %.1f MB, all that was acknowledged before %s.",
		keyWanted: "Its secrets are sealed by the master key %s: put that into %s, or into %s, before the server starts.",
		lookedAt: "Looked at %d people and %d records that were merged into them, in %d parts; %d entries (%d events, %d decisions), %d identifiers, %d timers, %d letters, " +
			"%d rows of the feed, %d counters, %d documents.",
		unopened:   "Sealed, and not opened as the master key is not there: %d of the documents.",
		unnamed:    "Naming nobody any more, as who was erased had them, too: %d of the identifiers.",
		inPart:     "part %d",
		moreFaults: "… and %d more.",
		holds:      "All of it holds together.",

		newDatabase: "the copy",
		rebuiltInto: "Rebuilt into %s: %d people from their histories, of whom %d were otherwise before.",
		lostStates:  "Not readable before: %d of the states.",
		keptStates:  "Left as they were, as their histories are not whole any more: %d of the people.",
		assumed:     "Applied under no brand, as they do not tell which: %d of the entries.",
		beyond:      "Still not readable, as their histories do not tell enough: %d of the people: %s",
		sameModel:   "The model is the same, learned again in %d rounds from %d examples.",
		otherModel:  "The model was another; it is learned again in %d rounds from %d examples.",
		faults: map[engine.FaultKind]string{
			engine.FaultState: "a state cannot be read", engine.FaultNumbers: "entries are missing", engine.FaultLast: "the last entry is another", engine.FaultEntry: "an entry cannot be read",
			engine.FaultKeyMissing: "an event would be taken a second time", engine.FaultKeyTwice: "an event was taken twice", engine.FaultKeyAlone: "an event that is in no history would be passed over",
			engine.FaultHistoryAlone: "entries of somebody who is not there", engine.FaultNameMissing: "an identifier names nobody", engine.FaultNameOther: "an identifier names another",
			engine.FaultNameAlone: "an identifier names somebody who is not there", engine.FaultMerged: "a merged record leads to nobody", engine.FaultAbsorbed: "a record that is theirs does not lead to them",
			engine.FaultTimerMissing: "a timer will not fire", engine.FaultTimerAlone: "a timer is nobody’s", engine.FaultLetter: "a letter cannot be acted upon", engine.FaultFeed: "a row of the learner’s feed",
			engine.FaultCounter: "a counter", engine.FaultDocument: "a document", engine.FaultPropensity: "the chances of a decision are none", engine.FaultStore: "what the store keeps twice differs",
		},
	},
	"fr": {
		backing: "Sauvegarde", restoring: "Restauration", verifying: "Vérification", building: "Reconstruction",
		backedUp:  "Sauvegardé dans %s : %d fichiers, %.1f Mo, tout ce qui avait été confirmé avant %s.",
		keyApart:  "Ses secrets sont scellés par la clé maîtresse %s, qui n’y est pas : gardez-en une copie ailleurs.",
		restored:  "Restauré dans %s : %d fichiers, %.1f Mo, tout ce qui avait été confirmé avant %s.",
		keyWanted: "Ses secrets sont scellés par la clé maîtresse %s : placez-la dans %s, ou dans %s, avant que le serveur ne démarre.",
		lookedAt: "Examiné : %d personnes et %d fiches qui leur ont été fusionnées, en %d parties ; %d entrées (%d événements, %d décisions), %d identifiants, %d minuteries, %d lettres, " +
			"%d lignes d’apprentissage, %d compteurs, %d documents.",
		unopened:   "Documents scellés et non ouverts, faute de clé maîtresse : %d.",
		unnamed:    "Identifiants qui ne désignent plus personne, quelqu’un qui a été effacé les ayant eus aussi : %d.",
		inPart:     "partie %d",
		moreFaults: "… et %d de plus.",
		holds:      "Tout concorde.",

		newDatabase: "la copie",
		rebuiltInto: "Reconstruit dans %s : %d personnes d’après leur historique, dont %d étaient différentes.",
		lostStates:  "États illisibles auparavant : %d.",
		keptStates:  "Personnes laissées telles quelles, leur historique n’étant plus entier : %d.",
		assumed:     "Entrées appliquées sans marque, faute de dire laquelle : %d.",
		beyond:      "Personnes toujours illisibles, leur historique n’en disant pas assez : %d : %s",
		sameModel:   "Le modèle est le même, réappris en %d tours sur %d exemples.",
		otherModel:  "Le modèle était un autre ; il est réappris en %d tours sur %d exemples.",
		faults: map[engine.FaultKind]string{
			engine.FaultState: "un état est illisible", engine.FaultNumbers: "des entrées manquent", engine.FaultLast: "la dernière entrée est une autre", engine.FaultEntry: "une entrée est illisible",
			engine.FaultKeyMissing: "un événement serait pris une seconde fois", engine.FaultKeyTwice: "un événement a été pris deux fois", engine.FaultKeyAlone: "un événement absent de tout historique serait ignoré",
			engine.FaultHistoryAlone: "des entrées de quelqu’un qui n’est pas là", engine.FaultNameMissing: "un identifiant ne désigne personne", engine.FaultNameOther: "un identifiant désigne quelqu’un d’autre",
			engine.FaultNameAlone: "un identifiant désigne quelqu’un qui n’est pas là", engine.FaultMerged: "une fiche fusionnée ne mène à personne", engine.FaultAbsorbed: "une fiche qui est à elle ne mène pas à cette personne",
			engine.FaultTimerMissing: "une minuterie ne se déclenchera pas", engine.FaultTimerAlone: "une minuterie n’est à personne", engine.FaultLetter: "une lettre ne peut être suivie", engine.FaultFeed: "une ligne d’apprentissage",
			engine.FaultCounter: "un compteur", engine.FaultDocument: "un document", engine.FaultPropensity: "les probabilités d’une décision n’en sont pas", engine.FaultStore: "ce que le magasin garde en double diffère",
		},
	},
}
