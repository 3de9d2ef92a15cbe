package decide

import (
	"strings"

	"github.com/aparte-dev/aparte"
)

// sentence is a text in the languages Aparté speaks to people. {} is what it is about.
type sentence struct{ en, fr string }

func (s sentence) in(lang string) string {
	if strings.HasPrefix(strings.ToLower(lang), "fr") {
		return s.fr
	}
	return s.en
}

var (
	colon         = sentence{": ", " : "}
	heldOutOfSome = sentence{"You are among the few people to whom we do not say some things, so that we learn what they are worth.", "Vous faites partie des quelques personnes à qui nous taisons certaines choses, pour savoir ce qu’elles valent."}
	fateChosen    = sentence{"Chosen", "Choisi"}
	fateEligible  = sentence{"Could be chosen", "Pouvait être choisi"}

	meantFor = sentence{"It is meant for: {}.", "C’est destiné à : {}."}
)

// sources is what the person is told of where an item came from.
var sources = map[aparte.ItemSource]sentence{
	aparte.LastViewed:   {"You looked at {}.", "Vous avez regardé {}."},
	aparte.InCart:       {"{} is in your basket.", "{} est dans votre panier."},
	aparte.BoughtBefore: {"You bought {} before.", "Vous avez déjà acheté {}."},
	aparte.OnPage:       {"You are looking at {}.", "Vous regardez {}."},
	aparte.News:         {"There is news of {}.", "Il y a du nouveau pour {}."},
	aparte.DueItems:     {"By how often you buy, you may be running out of {}.", "Au rythme de vos achats, vous arrivez peut-être au bout de {}."},
	aparte.AtPlace:      {"{} is where you are now.", "{} se trouve là où vous êtes."},
}

// facts is what the person is told of a feature that spoke for what they were told.
var facts = map[string]sentence{
	featureInIntent:    {"Your latest visit was about this: {}.", "Votre dernière visite portait sur : {}."},
	featureCategoryFit: {"You come back to this often: {}.", "Vous y revenez souvent : {}."},
	featureItemFit:     {"You took an interest in {}.", "Vous vous êtes intéressé à {}."},
	featureViewed:      {"You looked at {}.", "Vous avez regardé {}."},
	featureDwelt:       {"You looked at {} for a while.", "Vous avez regardé {} un moment."},
	featureInCart:      {"{} is in your basket.", "{} est dans votre panier."},
}

// toPerson is what the person is told of the reasons that stand for themselves. What is not here is
// not told.
var toPerson = map[aparte.ReasonCode]sentence{
	aparte.BestValue:    {"Of all we could say, this seemed the most useful to you.", "De tout ce que nous pouvions dire, cela semblait vous être le plus utile."},
	aparte.Explored:     {"We try different things to learn what is useful to people; this is one of them.", "Nous essayons différentes choses pour apprendre ce qui est utile ; en voici une."},
	aparte.OnlyChoice:   {"It was the only thing that fitted here.", "C’était la seule chose qui convenait ici."},
	aparte.NotWorthIt:   {"Nothing was worth disturbing you for.", "Rien ne valait la peine de vous déranger."},
	aparte.NothingToSay: {"There was nothing fitting to say.", "Il n’y avait rien d’approprié à vous dire."},
	aparte.ProfilingOff: {"As you asked, what we know of your tastes was not used.", "Comme vous l’avez demandé, ce que nous savons de vos goûts n’a pas été utilisé."},
	aparte.InHoldout:    {"You are among the few people to whom we say nothing, so that we learn what messages are worth.", "Vous faites partie des quelques personnes à qui nous ne disons rien, pour savoir ce que valent nos messages."},
	aparte.NoConsent:    {"You have not agreed to be written to here.", "Vous n’avez pas accepté de recevoir nos messages ici."},
	aparte.Suppressed:   {"You asked us not to.", "Vous nous avez demandé de ne pas le faire."},
	aparte.QuietHours:   {"It was not the hour to disturb you.", "Ce n’était pas l’heure de vous déranger."},
	aparte.SaidInVain:   {"It was said to you twice already.", "Cela vous a déjà été dit deux fois."},
	aparte.TooSoon:      {"You had heard from us a short while ago.", "Vous aviez eu de nos nouvelles il y a peu."},
	aparte.TheirHour:    {"We waited for an hour that suits you better.", "Nous avons attendu une heure qui vous convient mieux."},
	aparte.AfterQuiet:   {"It was not the hour to disturb you: we waited.", "Ce n’était pas l’heure de vous déranger : nous avons attendu."},
	aparte.OnItsWay:     {"Another message to you was on its way: we waited.", "Un autre message vous était déjà envoyé : nous avons attendu."},
	aparte.PressureCap:  {"You had heard from us enough.", "Vous aviez assez entendu parler de nous."},
	aparte.Paused:       {"You asked us for a pause.", "Vous nous avez demandé une pause."},
	aparte.EnoughWeekly: {"You had heard from us as often as you wish in a week.", "Vous aviez eu de nos nouvelles aussi souvent que vous le souhaitez en une semaine."},
	aparte.KindUnwanted: {"You asked us not to speak of this.", "Vous nous avez demandé de ne pas en parler."},
}

// toMarketer is every reason in the words of the console.
var toMarketer = map[aparte.ReasonCode]sentence{
	aparte.NoConsent:     {"No consent was given on this channel", "Aucun consentement sur ce canal"},
	aparte.Suppressed:    {"The person said no on this channel", "La personne a dit non sur ce canal"},
	aparte.RuleSaidNo:    {"A rule says no", "Une règle dit non"},
	aparte.RuleFailed:    {"A rule could not be evaluated, which counts as no", "Une règle n’a pas pu être évaluée, ce qui vaut non"},
	aparte.OutOfStock:    {"The item is out of stock", "L’article est épuisé"},
	aparte.AlreadyBought: {"The item was bought already", "L’article a déjà été acheté"},
	aparte.OutsideValid:  {"Outside its dates", "Hors de ses dates"},
	aparte.PressureCap:   {"A pressure cap is reached", "Un plafond de pression est atteint"},
	aparte.SaidInVain:    {"Said of this twice, and no order followed", "Dit deux fois sur cet article, sans commande"},
	aparte.TooSoon:       {"The last message is too recent", "Le dernier message est trop récent"},
	aparte.TheirHour:     {"Waits: another hour suits the person better", "Attend : une autre heure convient mieux à la personne"},
	aparte.AfterQuiet:    {"Waits until quiet hours are over", "Attend la fin des heures calmes"},
	aparte.OnItsWay:      {"Waits: another message is on its way", "Attend : un autre message est en route"},
	aparte.QuietHours:    {"Quiet hours where the person is", "Heures calmes chez la personne"},
	aparte.BudgetSpent:   {"What it could cost is more than its budget has left", "Ce qu’il pourrait coûter dépasse le reste de son budget"},
	aparte.GivesAway:     {"Expected cost to the budget", "Coût attendu pour le budget"},
	aparte.ShadowPrice:   {"Weighs more, so that the budget lasts", "Pèse davantage, pour que le budget dure"},
	aparte.InHoldout:     {"The person is held out, to measure value", "La personne est dans le groupe témoin"},
	aparte.NoItem:        {"No item fits", "Aucun article ne convient"},
	aparte.NotReachable:  {"No address on this channel", "Aucune adresse sur ce canal"},
	aparte.NoSender:      {"Nothing sends on this channel here", "Rien n’envoie sur ce canal ici"},
	aparte.Paused:        {"The person asked for a pause", "La personne a demandé une pause"},
	aparte.EnoughWeekly:  {"As many messages this week as the person wants", "Autant de messages cette semaine que la personne en souhaite"},
	aparte.KindUnwanted:  {"The person does not want contents of this kind", "La personne ne veut pas de contenus de ce genre"},
	aparte.ProfilingOff:  {"The person objects to profiling: decided without it", "La personne refuse le profilage : décidé sans"},
	aparte.AlreadyKnown:  {"The answer is known", "La réponse est connue"},
	aparte.RatherNot:     {"The person would rather not answer", "La personne préfère ne pas répondre"},
	aparte.OneQuestion:   {"Another question is being asked", "Une autre question est posée"},
	aparte.InStock:       {"The item is in stock", "L’article est en stock"},
	aparte.BestValue:     {"The highest net value", "La plus haute valeur nette"},
	aparte.Explored:      {"Chosen to learn", "Choisi pour apprendre"},
	aparte.OnlyChoice:    {"Nothing else was eligible", "Rien d’autre n’était possible"},
	aparte.NotWorthIt:    {"Silence: nothing is worth its cost", "Silence : rien ne vaut son coût"},
	aparte.NothingToSay:  {"Silence: nothing was eligible", "Silence : rien n’était possible"},
	aparte.FeatureSpoke:  {"It weighed in", "A pesé"},
	aparte.RuleHeld:      {"A rule is met", "Une règle est remplie"},
}
