package traffic

import (
	"encoding/xml"
	"fmt"
	"strings"
	"time"

	"postern/examples/shop/services"
)

// checkout invents a basket and who buys it.
func (v values) checkout(now time.Time) services.Checkout {
	c := services.Checkout{
		CustomerID: v.uuid(), Shipping: v.address(), CardToken: "card_" + v.letters(24),
		Currency: v.pick("EUR", "EUR", "GBP", "CHF"), DeliverOn: v.date(now.AddDate(0, 0, 2), 30),
	}
	for range 1 + min(v.r.IntN(4), v.r.IntN(4)) {
		item := services.Item{SKU: v.sku(), Quantity: 1 + min(v.r.IntN(12), v.r.IntN(6))}
		if v.maybe(15) {
			item.GiftNote = "For " + v.name() + v.pick("", ", with love", "!", " from all of us")
		}
		c.Items = append(c.Items, item)
	}
	if v.maybe(25) {
		c.Coupon = strings.ToUpper(v.word(2)) + fmt.Sprint(5*(1+v.r.IntN(6)))
	}
	if v.maybe(70) {
		c.Note = v.note()
	}
	return c
}

func (v values) refund() services.Refund {
	return services.Refund{
		PaymentID: "pay_" + strings.ReplaceAll(v.uuid(), "-", "")[:20], Amount: v.amount(), Currency: v.pick("EUR", "EUR", "GBP", "CHF"),
		Reason: v.pick("damaged", "late", "wrong size", "changed my mind", "double order") + v.pick("", "", ": "+v.note()),
	}
}

// partnerDocument invents a purchase order in XML inside JSON. Some partners' systems declare entities of their own, which is harmless and ordinary.
func (v values) partnerDocument(now time.Time) services.PartnerDocument {
	d := services.PartnerDocument{MessageID: v.uuid(), Partner: v.pick("nordhandel", "baumarkt-sued", "chez-lucie", "officina-71"), ReceivedAt: now.UTC().Truncate(time.Second)}
	d.Payload.Format = "purchase-order/2"
	company := title(v.word(3)) + v.pick(" GmbH", " SARL", " Ltd", " S.p.A.")
	doctype, name := "", escape(company)
	if v.maybe(30) {
		doctype, name = `<!DOCTYPE purchaseOrder [<!ENTITY company "`+escape(company)+`">]>`, "&company;"
	}
	d.Payload.Document = v.purchaseOrder(now, doctype, name, escape(v.note()))
	return d
}

// purchaseOrder writes the document; doctype, name and remark stand in it as they are.
func (v values) purchaseOrder(now time.Time, doctype, name, remark string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<?xml version="1.0" encoding="UTF-8"?>%s<purchaseOrder number="PO-%06d" date="%s">`, doctype, v.r.IntN(1_000_000), v.date(now.AddDate(0, 0, -20), 20))
	fmt.Fprintf(&b, `<buyer><name>%s</name><vatId>%s%09d</vatId></buyer><lines>`, name, v.pick("DE", "FR", "IT", "GB"), v.r.IntN(1_000_000_000))
	for range 1 + v.r.IntN(6) {
		fmt.Fprintf(&b, `<line sku="%s" quantity="%d"><price>%.2f</price></line>`, v.sku(), 1+v.r.IntN(400), v.amount())
	}
	fmt.Fprintf(&b, `</lines><remark>%s</remark></purchaseOrder>`, remark)
	return b.String()
}

func escape(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a strings.Builder never fails
	return b.String()
}
