package world

// source is where a visit comes from, as its first page tells by UTM parameters or by the page that led to it.
type source struct{ source, medium, name, referrer string }

// sources are those of ten visits in a row. Half come by themselves. Where they come from makes no difference to what
// visitors do: what is attributed to it, they would have done anyway.
var sources = [10]source{
	{source: "google", medium: "cpc", name: "linens"}, {}, {source: "newsletter", medium: "email", name: "monthly"}, {},
	{source: "instagram", medium: "paid-social", name: "autumn"}, {}, {referrer: "https://slow-homes.example/ten-shops"}, {},
	{source: "google", medium: "cpc", name: "brand"}, {},
}

// cameFrom says in a page's event where the visit came from.
func (v *visit) cameFrom(e event) {
	from, context := sources[v.number%len(sources)], e["context"].(map[string]any)
	if from.source != "" {
		context["campaign"] = map[string]any{"source": from.source, "medium": from.medium, "name": from.name}
	}
	if from.referrer != "" {
		context["page"] = map[string]any{"referrer": from.referrer}
	}
}
