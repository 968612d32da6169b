package services

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
)

// PurchaseOrder is the XML that partners' ERP systems send.
type PurchaseOrder struct {
	XMLName xml.Name `xml:"purchaseOrder"`
	Number  string   `xml:"number,attr"`
	Date    string   `xml:"date,attr"`
	Buyer   struct {
		Name  string `xml:"name"`
		VATID string `xml:"vatId"`
	} `xml:"buyer"`
	Lines []struct {
		SKU      string  `xml:"sku,attr"`
		Quantity int     `xml:"quantity,attr"`
		Price    float64 `xml:"price"`
	} `xml:"lines>line"`
	Remark string `xml:"remark"`
}

// erpDocument books a partner's purchase order and tells the partner who was found to be the buyer.
func erpDocument(w http.ResponseWriter, r *http.Request) {
	message, ok := read[PartnerDocument](w, r)
	if !ok {
		return
	}
	order, err := parseOrder(message.Payload.Document)
	if err != nil {
		fail(w, http.StatusUnprocessableEntity, err.Error())
		return
	}
	answer(w, http.StatusAccepted, map[string]any{"message_id": message.MessageID, "buyer": order.Buyer.Name, "lines": len(order.Lines)})
}

// entity is a declaration in a document's own DTD: <!ENTITY name "text"> or <!ENTITY name SYSTEM "file:///…">.
var entity = regexp.MustCompile(`<!ENTITY\s+(\w+)\s+(SYSTEM\s+)?"([^"]*)"\s*>`)

// parseOrder reads a purchase order as the adapter's old parser did. It has the flaw that many have: a document may declare entities, and an external one is
// fetched (CWE-611). The shop does not know; Postern's part is that the document never arrives.
func parseOrder(document string) (PurchaseOrder, error) {
	var order PurchaseOrder
	d := xml.NewDecoder(strings.NewReader(document))
	d.Entity = map[string]string{}
	for {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return order, errors.New("shop: the document has no root element")
		}
		if err != nil {
			return order, fmt.Errorf("shop: %w", err)
		}
		directive, ok := token.(xml.Directive)
		if !ok {
			if _, started := token.(xml.StartElement); started {
				break
			}
			continue
		}
		for _, m := range entity.FindAllStringSubmatch("<!"+string(directive)+">", -1) {
			d.Entity[m[1]] = m[3]
			if m[2] != "" {
				text, err := os.ReadFile(strings.TrimPrefix(m[3], "file://")) // the flaw that the example is about
				if err != nil {
					return order, fmt.Errorf("shop: %w", err)
				}
				d.Entity[m[1]] = string(text[:min(len(text), 1024)])
			}
		}
	}
	again := xml.NewDecoder(strings.NewReader(document))
	again.Entity = d.Entity
	if err := again.Decode(&order); err != nil {
		return order, fmt.Errorf("shop: %w", err)
	}
	return order, nil
}
