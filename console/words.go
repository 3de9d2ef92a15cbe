package console

import (
	"net/http"
	"strings"
)

// words are all the console says: key to English and French. A test checks that every key a page uses
// stands here, and that none is without one of its languages.
var words = map[string][2]string{
	"nav.live":     {"Live", "En direct"},
	"nav.people":   {"People", "Personnes"},
	"nav.contents": {"Contents", "Contenus"},
	"nav.results":  {"Results", "Résultats"},
	"nav.mail":     {"Mailbox", "Messagerie"},
	"nav.problem":  {"Something is missing", "Il manque quelque chose"},
	"nav.skip":     {"Skip to the page", "Aller à la page"},
	"nav.other":    {"Français", "English"},
	"simulated":    {"The visitors are simulated; the purchases are real ones, replayed.", "Les visiteurs sont simulés ; les achats, réels, sont rejoués."},

	"unsent":          {"Nothing sends on {channel} here: the scenario “{scenario}” says nothing there.", "Rien n’envoie par {channel} ici : le scénario « {scenario} » n’y dit rien."},
	"live.lead":       {"Each line is one decision for one person at one moment. Silence is a decision too.", "Chaque ligne est une décision, pour une personne, à un moment. Se taire en est une aussi."},
	"live.decisions":  {"Decisions, 10 min", "Décisions, 10 min"},
	"live.silence":    {"Chose silence", "Ont choisi le silence"},
	"live.seen":       {"Seen", "Vues"},
	"live.clicked":    {"Clicked", "Cliquées"},
	"live.learned":    {"Examples learned", "Exemples appris"},
	"live.chart":      {"What is chosen, every ten seconds", "Ce qui est choisi, toutes les dix secondes"},
	"live.chart.alt":  {"Share of each content among the decisions, over the last ten minutes", "Part de chaque contenu parmi les décisions des dix dernières minutes"},
	"live.table":      {"What works is said more often", "Ce qui marche est dit plus souvent"},
	"live.content":    {"Content", "Contenu"},
	"live.rate":       {"Clicks per view", "Clics par vue"},
	"live.earned":     {"Earned per 100 views", "Gagné pour 100 vues"},
	"live.feed":       {"As they happen", "À l’instant"},
	"live.feed.empty": {"Nothing yet. The next decision appears here.", "Rien encore. La prochaine décision apparaîtra ici."},
	"live.now":        {"now", "maintenant"},
	"live.silent":     {"stayed silent", "s’est tu"},
	"live.noone":      {"No decision in the last ten minutes.", "Aucune décision ces dix dernières minutes."},

	"course.then":        {"Share, at first", "Part, au début"},
	"course.now":         {"Share, now", "Part, maintenant"},
	"course.then.short":  {"at first", "au début"},
	"course.now.short":   {"now", "maintenant"},
	"course.clicks":      {"Clicks per view", "Clics par vue"},
	"course.clicks.then": {"Clicks per view, at first", "Clics par vue, au début"},
	"course.clicks.now":  {"Clicks per view, now", "Clics par vue, maintenant"},
	"course.since":       {"Since", "Depuis"},
	"course.shares":      {"Shares of what was said: among the first thousand things, and in the last quarter of the time since.", "Parts de ce qui a été dit : parmi les mille premières choses, et dans le dernier quart du temps écoulé depuis."},

	"trust.fine":       {"Fine: nothing speaks against these figures", "En ordre : rien ne contredit ces chiffres"},
	"trust.look":       {"Look at this before you rely on the figures", "À regarder avant de se fier aux chiffres"},
	"trust.disbelieve": {"Do not believe these figures before it is known why", "Ne croyez pas ces chiffres avant de savoir pourquoi"},
	"earned.title":     {"What each content earned", "Ce que chaque contenu a rapporté"},
	"earned.looking":   {"The log is being read…", "Lecture du journal…"},
	"earned.how":       {"Each time it was said, against what would have been done without it: another content, or silence. Open moments are those in which that had a chance of one in ten at least; only they count here. The intervals hold however often you look; of many, a few miss. In bold: those that leave out zero.", "À chaque fois qu’il a été dit, face à ce qui aurait été fait sans lui : un autre contenu, ou le silence. Un moment est ouvert si cette alternative avait au moins une chance sur dix ; seuls ceux-là comptent ici. Les intervalles restent valables aussi souvent que l’on regarde ; sur un grand nombre, quelques-uns se trompent. En gras : ceux qui excluent zéro."},
	"earned.at":        {"as of", "au"},
	"earned.said":      {"Times said", "Fois dit"},
	"earned.each":      {"Each time", "À chaque fois"},
	"earned.ways":      {"Words, pictures and layouts", "Mots, images et mises en page"},
	"earned.ways.how":  {"Against the other ways of saying the same content.", "Face aux autres façons de dire le même contenu."},
	"earned.purposes":  {"By objective", "Par objectif"},
	"earned.checks":    {"How this was checked", "Comment cela a été vérifié"},
	"earned.decisions": {"Decisions", "Décisions"},
	"earned.of":        {"of", "de"},
	"earned.people":    {"people", "personnes"},
	"earned.sampled":   {"people, drawn by chance from more", "personnes, tirées au hasard dans un plus grand nombre"},
	"earned.open":      {"Outcomes still awaited", "Résultats encore attendus"},
	"earned.settled":   {"Without a choice", "Sans choix possible"},
	"earned.truth":     {"Choices fall as their propensities have it", "Les choix suivent leurs propensions"},
	"earned.weights":   {"Sum of inverse propensities", "Somme des inverses des propensions"},
	"earned.rows":      {"decisions:", "décisions :"},
	"earned.ess":       {"Worth so many even draws", "Équivaut à tant de tirages égaux"},
	"earned.among":     {"Open moments", "Moments ouverts"},
	"earned.untold":    {"There are more of them than are shown here.", "Il y en a davantage que celles montrées ici."},
	"earned.layout":    {"layout", "mise en page"},

	"people.lead":               {"One person, one story. Search by user id, e-mail address, phone number or anonymous id.", "Une personne, une histoire. Cherchez par identifiant, adresse e-mail, téléphone ou identifiant anonyme."},
	"people.search":             {"User id, e-mail, phone…", "Identifiant, e-mail, téléphone…"},
	"people.find":               {"Find", "Chercher"},
	"people.none":               {"Nobody is known by that name.", "Personne n’est connu sous ce nom."},
	"people.empty":              {"Nobody yet. People appear with their first event.", "Personne encore. Les personnes apparaissent avec leur premier événement."},
	"people.name":               {"Person", "Personne"},
	"people.stage":              {"Stage", "Étape"},
	"people.orders":             {"Orders", "Commandes"},
	"people.revenue":            {"Revenue", "Chiffre d’affaires"},
	"people.taste":              {"Drawn to", "Attirée par"},
	"people.seen":               {"Last seen", "Vue pour la dernière fois"},
	"people.stranger":           {"visitor", "visiteur"},
	"people.more":               {"More people", "D’autres personnes"},
	"people.first":              {"Back to the first", "Revenir au début"},
	"stage.prospect":            {"prospect", "prospect"},
	"stage.new":                 {"new", "nouvelle"},
	"stage.active":              {"active", "active"},
	"stage.at_risk":             {"at risk", "à risque"},
	"stage.dormant":             {"dormant", "dormante"},
	"stage.lost":                {"lost", "perdue"},
	"person.now":                {"What would be said now", "Ce qui serait dit maintenant"},
	"person.now.web":            {"On the web, slot “hero”", "Sur le web, emplacement « hero »"},
	"person.now.silent":         {"Silence: nothing is worth saying right now.", "Silence : rien ne mérite d’être dit pour l’instant."},
	"person.story":              {"Story", "Histoire"},
	"person.known":              {"What is known", "Ce que l’on sait"},
	"person.since":              {"First seen", "Depuis"},
	"person.visits":             {"Visits", "Visites"},
	"person.goodwill":           {"Goodwill", "Bienveillance"},
	"person.traits":             {"Traits", "Traits"},
	"person.drawn":              {"Affinities", "Affinités"},
	"person.names":              {"Known as", "Connue sous"},
	"person.consents":           {"Consents", "Consentements"},
	"person.none":               {"none recorded", "aucun enregistré"},
	"person.granted":            {"yes", "oui"},
	"person.refused":            {"no", "non"},
	"person.all":                {"all channels", "tous les canaux"},
	"person.cart":               {"In the basket", "Dans le panier"},
	"person.why":                {"Why", "Pourquoi"},
	"person.fates":              {"What else was considered", "Ce qui a été envisagé aussi"},
	"person.propensity":         {"chosen with probability", "choisi avec la probabilité"},
	"person.older":              {"Older", "Plus ancien"},
	"person.merged":             {"Another record of the same person was joined to this one.", "Une autre fiche de la même personne a été réunie à celle-ci."},
	"person.said":               {"Said", "Dit"},
	"person.silence":            {"Stayed silent", "Silence"},
	"person.in":                 {"in", "dans"},
	"person.value":              {"Net value", "Valeur nette"},
	"person.probability":        {"Probability", "Probabilité"},
	"person.fate":               {"Fate", "Sort"},
	"fate.chosen":               {"chosen", "choisi"},
	"fate.eligible":             {"could be chosen", "pouvait être choisi"},
	"event.Aparte Exposed":      {"Saw", "A vu"},
	"event.Aparte Clicked":      {"Clicked", "A cliqué"},
	"event.Aparte Dismissed":    {"Closed", "A fermé"},
	"event.Aparte Sent":         {"A message left", "Un message est parti"},
	"event.Aparte Failed":       {"A message could not be delivered", "Un message n’a pu être remis"},
	"event.Aparte Unsubscribed": {"Asked for silence", "A demandé le silence"},
	"event.Aparte Complained":   {"Complained", "S’est plainte"},
	"event.Aparte Resubscribed": {"Opened a channel again", "A rouvert un canal"},
	"fate.no_consent":           {"no consent", "pas de consentement"},
	"fate.suppressed":           {"asked for silence", "a demandé le silence"},
	"fate.rule":                 {"a rule said no", "une règle l’exclut"},
	"fate.rule_error":           {"a rule failed", "une règle a échoué"},
	"fate.out_of_stock":         {"out of stock", "en rupture"},
	"fate.already_bought":       {"already bought", "déjà acheté"},
	"fate.outside_validity":     {"not valid now", "hors validité"},
	"fate.pressure_cap":         {"enough was said", "assez sollicitée"},
	"fate.quiet_hours":          {"quiet hours", "heures calmes"},
	"fate.holdout":              {"kept in silence, to measure", "laissée en silence, pour mesurer"},
	"fate.no_item":              {"no item fits", "aucun article ne convient"},
	"fate.not_reachable":        {"no address", "pas d’adresse"},
	"fate.no_sender":            {"nothing sends there", "rien n’envoie par là"},
	"fate.too_soon":             {"too soon after the last message", "trop tôt après le dernier message"},
	"fate.profiling_off":        {"objects to profiling", "refuse le profilage"},
	"event.page":                {"Visited", "A vu la page"},
	"event.screen":              {"Opened the screen", "A ouvert l’écran"},
	"event.identify":            {"Made themselves known", "S’est fait connaître"},
	"event.group":               {"Joined a group", "A rejoint un groupe"},
	"event.alias":               {"Known by another name", "Connue sous un autre nom"},
	"event.Product List Viewed": {"Looked along a shelf", "A parcouru un rayon"},
	"event.Products Searched":   {"Searched", "A cherché"},
	"event.Product Clicked":     {"Chose from a list", "A choisi dans une liste"},
	"event.Product Viewed":      {"Looked at", "A regardé"},
	"event.Product Added":       {"Put into the basket", "A mis au panier"},
	"event.Product Removed":     {"Took out of the basket", "A retiré du panier"},
	"event.Cart Viewed":         {"Looked into the basket", "A regardé son panier"},
	"event.Checkout Started":    {"Went to the till", "Est passée en caisse"},
	"event.Order Completed":     {"Ordered", "A commandé"},
	"event.Order Refunded":      {"Was refunded", "A été remboursée"},
	"event.Order Cancelled":     {"Cancelled an order", "A annulé une commande"},
	"provenance.0":              {"declared", "déclaré"},
	"provenance.1":              {"observed", "observé"},
	"provenance.2":              {"inferred", "déduit"},
	"provenance.3":              {"bought in", "acheté"},

	"contents.lead":     {"Everything that can be said, shown as one real person would see it. The engine chooses; you bring the words and the rules.", "Tout ce qui peut être dit, tel que le verrait une vraie personne. Le moteur choisit ; vous apportez les mots et les règles."},
	"contents.as":       {"As seen by", "Vu par"},
	"contents.none":     {"Nobody to show it to yet.", "Personne encore à qui le montrer."},
	"contents.chosen":   {"chosen", "fois choisi"},
	"contents.seen":     {"seen", "fois vu"},
	"contents.clicked":  {"clicked", "fois cliqué"},
	"contents.day":      {"Counted over the last 24 hours.", "Décompte des 24 dernières heures."},
	"contents.show":     {"Show", "Montrer"},
	"contents.slots":    {"Slots", "Emplacements"},
	"contents.rules":    {"Rules", "Règles"},
	"contents.norules":  {"none: for everyone", "aucune : pour tous"},
	"contents.channels": {"Channels", "Canaux"},
	"contents.layouts":  {"Layouts", "Mises en page"},
	"contents.elements": {"Elements and their variants", "Éléments et variantes"},
	"contents.asset":    {"picture", "image"},
	"contents.item":     {"the item’s own picture", "l’image de l’article"},
	"contents.nopic":    {"Words only: it has no picture.", "Des mots seulement : pas d’image."},
	"contents.back":     {"All contents", "Tous les contenus"},

	"results.lead":         {"What speaking to people is worth, beside people for whom silence is kept on purpose. No difference without its interval.", "Ce que vaut le fait de parler aux gens, face à d’autres qu’on laisse exprès dans le silence. Aucun écart sans son intervalle."},
	"results.worth":        {"What it is worth", "Ce que cela vaut"},
	"results.how":          {"Difference in value a person between those who are spoken to and those held out, from their first moment on, for", "Écart de valeur par personne, entre celles à qui l’on parle et celles tenues à l’écart, dès leur premier moment et pendant"},
	"results.days":         {"days. Intervals of 95%, for any time of looking.", "jours. Intervalles à 95 %, valables aussi souvent que l’on regarde."},
	"results.all":          {"All objectives together", "Tous les objectifs ensemble"},
	"results.heldof":       {"of people are held out of:", "des personnes sont tenues à l’écart de :"},
	"results.heldall":      {"of people are held out of everything", "des personnes sont tenues à l’écart de tout"},
	"results.notyet":       {"Too little to tell yet", "Encore trop peu pour conclure"},
	"results.more":         {"People who are spoken to are worth more", "Les personnes à qui l’on parle valent plus"},
	"results.less":         {"People who are spoken to are worth less", "Les personnes à qui l’on parle valent moins"},
	"results.open":         {"No difference is shown yet", "Aucun écart n’est encore établi"},
	"results.each":         {"a person", "par personne"},
	"results.to":           {"to", "à"},
	"results.onelook":      {"For a single look fixed beforehand:", "Pour un seul examen, fixé d’avance :"},
	"results.drawn":        {"with the largest values drawn in:", "les plus grandes valeurs écrêtées :"},
	"results.needs":        {"Each side needs", "Il faut de chaque côté"},
	"results.needs.people": {"people,", "personnes, dont"},
	"results.needs.valued": {"of them with a value.", "ayant une valeur."},
	"results.told":         {"Spoken to", "À qui l’on parle"},
	"results.held":         {"Held out", "À l’écart"},
	"results.of":           {"people, of whom", "personnes, dont"},
	"results.valued":       {"with a value", "ayant une valeur"},
	"results.split":        {"Split", "Répartition"},
	"results.split.right":  {"as stated", "comme prévu"},
	"results.split.wrong":  {"not as stated: believe nothing here before it is known why", "pas comme prévu : ne croyez rien ici avant de savoir pourquoi"},
	"results.few":          {"With the largest values drawn in, the answer is another: a few people carry it.", "Si l’on écrête les plus grandes valeurs, la réponse change : elle repose sur quelques personnes."},
	"results.crossed":      {"people of both sides proved to be one and count where they were first, which draws the difference toward none.", "fiches des deux côtés se sont révélées être la même personne, et comptent du côté où elle fut d’abord, ce qui rapproche l’écart de zéro."},
	"results.noholdout":    {"Nobody is held out: what speaking to people adds cannot be measured by comparison.", "Personne n’est tenu à l’écart : ce qu’ajoute le fait de parler ne peut être mesuré par comparaison."},
	"results.contents":     {"What is clicked", "Ce qui est cliqué"},
	"results.contents.how": {"Over the last 24 hours. Each content was said to those whom it suited, so that this compares no causes; intervals of 95% for one look (Wilson), as if views did not depend on one another.", "Sur les dernières 24 heures. Chaque contenu a été dit à qui il convenait : ceci ne compare pas des causes. Intervalles à 95 % pour un seul examen (Wilson), comme si les vues étaient indépendantes."},
	"results.interval":     {"Interval", "Intervalle"},
	"results.toofew":       {"too few to tell", "trop peu pour conclure"},
	"results.none":         {"Nothing was seen yet.", "Rien n’a encore été vu."},

	"mail.lead":    {"Mails leave through SMTP and arrive here. Opening one decides its picture at that very second.", "Les mails partent par SMTP et arrivent ici. En ouvrir un décide de son image à cette seconde même."},
	"mail.empty":   {"No mail yet: a basket has to be left for a while.", "Aucun mail encore : il faut qu’un panier reste abandonné un moment."},
	"mail.to":      {"To", "À"},
	"mail.subject": {"Subject", "Objet"},
	"mail.from":    {"From", "De"},
	"mail.at":      {"Received", "Reçu"},
	"mail.text":    {"Text part", "Version texte"},
	"mail.again":   {"Open again", "Rouvrir"},
	"mail.source":  {"Source", "Source"},
	"mail.back":    {"All mails", "Tous les mails"},
	"mail.unsub":   {"One-click unsubscribe header", "En-tête de désinscription en un clic"},
	"mail.person":  {"This person’s story", "L’histoire de cette personne"},

	"kind.product":   {"product", "produit"},
	"kind.incentive": {"incentive", "avantage"},
	"kind.reminder":  {"reminder", "rappel"},
	"kind.article":   {"article", "article"},
	"kind.video":     {"video", "vidéo"},
	"kind.service":   {"service", "service"},
	"kind.question":  {"question", "question"},
	"kind.capture":   {"sign-up", "inscription"},
	"kind.seasonal":  {"seasonal", "de saison"},
	"kind.story":     {"story", "histoire"},

	"element.eyebrow":   {"Line above", "Surtitre"},
	"element.headline":  {"Headline", "Titre"},
	"element.body":      {"Body", "Texte"},
	"element.cta":       {"Call to action", "Appel à l’action"},
	"element.visual":    {"Picture", "Image"},
	"element.subject":   {"Subject", "Objet du mail"},
	"element.preheader": {"Preheader", "Accroche du mail"},
	"element.tone":      {"Tone", "Ton"},

	"channel.web":         {"web", "web"},
	"channel.email":       {"e-mail", "e-mail"},
	"channel.sms":         {"SMS", "SMS"},
	"channel.mobile_push": {"mobile push", "push mobile"},
	"channel.web_push":    {"web push", "push web"},
	"channel.in_app":      {"in-app", "dans l’application"},
	"channel.ads":         {"advertising", "publicité"},
	"channel.human":       {"sales team", "équipe commerciale"},
	"channel.webhook":     {"webhook", "webhook"},

	"purpose.marketing": {"marketing", "marketing"},
	"purpose.profiling": {"profiling", "profilage"},
	"purpose.service":   {"orders and services", "commandes et services"},

	"identifier.userId":      {"user id", "identifiant"},
	"identifier.email":       {"e-mail", "e-mail"},
	"identifier.phone":       {"phone", "téléphone"},
	"identifier.anonymousId": {"anonymous id", "identifiant anonyme"},
	"identifier.deviceToken": {"device", "appareil"},

	"problem.nowhere": {"There is no such page.", "Cette page n’existe pas."},
	"problem.nomail":  {"There is no built-in mailbox here: mails leave for their recipients.", "Il n’y a pas de messagerie intégrée ici : les mails partent vers leurs destinataires."},
	"problem.page":    {"This page could not be made. The log says why.", "Cette page n’a pu être composée. Le journal dit pourquoi."},
	"problem.person":  {"There is no such person: erased, or never seen.", "Cette personne n’existe pas : effacée, ou jamais vue."},
	"problem.content": {"There is no such content in the brand in force.", "Ce contenu n’est pas dans la marque en vigueur."},
	"problem.brand":   {"No brand has been published yet.", "Aucune marque n’a encore été publiée."},
	"problem.mail":    {"This mail is no longer kept.", "Ce mail n’est plus conservé."},
	"problem.read":    {"What is kept could not be read. The log says why.", "Ce qui est conservé n’a pu être lu. Le journal dit pourquoi."},
}

// word is what the console says for a key, in English or French; the key itself where there is none, so
// that a lack is seen.
func word(lang, key string) string {
	w, ok := words[key]
	if !ok {
		return key
	}
	if lang == "fr" {
		return tied(lang, w[1])
	}
	return w[0]
}

const languageCookie = "aparte_language"

// language is the reader's: as chosen, else as the browser prefers, else English.
func language(r *http.Request) string {
	if c, err := r.Cookie(languageCookie); err == nil && (c.Value == "fr" || c.Value == "en") {
		return c.Value
	}
	for _, one := range strings.Split(r.Header.Get("Accept-Language"), ",") {
		switch tag := strings.TrimSpace(one); {
		case strings.HasPrefix(tag, "fr"):
			return "fr"
		case strings.HasPrefix(tag, "en"):
			return "en"
		}
	}
	return "en"
}

// language switches the reader's language and goes back to where they were.
func (s *console) language(w http.ResponseWriter, r *http.Request) {
	lang := r.PathValue("lang")
	if lang != "fr" && lang != "en" {
		lang = "en"
	}
	http.SetCookie(w, &http.Cookie{
		Name: languageCookie, Value: lang, Path: "/console", MaxAge: 365 * 24 * 3600,
		HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
	back := "/console/live"
	if from := r.URL.Query().Get("from"); strings.HasPrefix(from, "/console/") {
		back = from
	}
	http.Redirect(w, r, back, http.StatusSeeOther)
}
