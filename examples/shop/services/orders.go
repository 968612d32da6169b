package services

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"time"

	"postern/examples/shop/shoppb"
)

// orders places orders: products put aside, money taken, a mail sent.
type orders struct {
	catalogue, notifier peer
	payments            shoppb.PaymentsClient
	settle              chan *shoppb.Settlement // what the open stream to payments still has to say
}

func newOrders(peers map[string]string) (*Service, error) {
	at, err := need(peers, "catalogue", "notifier", "payments")
	if err != nil {
		return nil, err
	}
	connection, err := dial("payments", at[2])
	if err != nil {
		return nil, fmt.Errorf("shop: %w", err)
	}
	o := &orders{
		catalogue: newPeer("catalogue", at[0]), notifier: newPeer("notifier", at[1]),
		payments: shoppb.NewPaymentsClient(connection), settle: make(chan *shoppb.Settlement, 256),
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /orders", o.place)
	mux.HandleFunc("POST /orders/{id}/refund", o.refund)
	mux.HandleFunc("POST /erp/documents", erpDocument)
	mux.HandleFunc("GET /healthz", healthy)
	return &Service{HTTP: mux, run: o.stream}, nil
}

func (o *orders) place(w http.ResponseWriter, r *http.Request) {
	order, ok := read[Order](w, r)
	if !ok {
		return
	}
	reservation := Reservation{OrderID: order.OrderID, Until: order.PlacedAt.Add(48 * time.Hour)}
	for _, line := range order.Lines {
		reservation.Lines = append(reservation.Lines, Reserve{SKU: line.SKU, Quantity: line.Quantity})
	}
	if err := o.catalogue.do(r.Context(), http.MethodPost, "/reservations", reservation, nil); err != nil {
		failed(w, err)
		return
	}
	charged, err := o.payments.Charge(r.Context(), &shoppb.ChargeRequest{
		OrderId: order.OrderID, CustomerId: order.CustomerID, CardToken: order.CardToken, IdempotencyKey: newUUID(),
		Amount:        &shoppb.Money{MinorUnits: int64(math.Round(order.Total * 100)), Currency: order.Currency},
		StatementText: "ACME SHOP " + order.OrderID[:8],
	})
	if err != nil {
		fail(w, http.StatusPaymentRequired, err.Error())
		return
	}
	select {
	case o.settle <- &shoppb.Settlement{PaymentId: charged.PaymentId, Amount: &shoppb.Money{MinorUnits: int64(math.Round(order.Total * 100)), Currency: order.Currency}}:
	default: // the stream is slow: settled with the next batch, as in any shop
	}
	note := Notification{
		UserID: order.CustomerID, Template: "order-placed", Subject: "Your order " + order.OrderID[:8],
		Text: fmt.Sprintf("Dear %s, thank you. %d articles for %.2f %s arrive on %s at %s, %s.",
			order.Shipping.Name, len(order.Lines), order.Total, order.Currency, order.DeliverOn, order.Shipping.Street, order.Shipping.City),
	}
	if err := o.notifier.do(r.Context(), http.MethodPost, "/notifications", note, nil); err != nil {
		failed(w, err)
		return
	}
	answer(w, http.StatusCreated, map[string]string{"order_id": order.OrderID, "payment_id": charged.PaymentId})
}

// Refund gives money back.
type Refund struct {
	PaymentID string  `json:"payment_id"`
	Amount    float64 `json:"amount"`
	Currency  string  `json:"currency"`
	Reason    string  `json:"reason"`
}

func (o *orders) refund(w http.ResponseWriter, r *http.Request) {
	refund, ok := read[Refund](w, r)
	if !ok {
		return
	}
	reply, err := o.payments.Refund(r.Context(), &shoppb.RefundRequest{
		PaymentId: refund.PaymentID, Reason: refund.Reason, Amount: &shoppb.Money{MinorUnits: int64(math.Round(refund.Amount * 100)), Currency: refund.Currency},
	})
	if err != nil {
		fail(w, http.StatusPaymentRequired, err.Error())
		return
	}
	answer(w, http.StatusOK, map[string]string{"refund_id": reply.RefundId})
}

// stream keeps one stream in both directions to payments open and opens it again when it breaks.
func (o *orders) stream(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := o.converse(ctx); err != nil {
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		}
	}
	return nil
}

func (o *orders) converse(ctx context.Context) error {
	stream, err := o.payments.Settle(ctx)
	if err != nil {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return stream.CloseSend()
		case settlement := <-o.settle:
			if err := stream.Send(settlement); err != nil {
				return err
			}
			if _, err := stream.Recv(); err != nil {
				return err
			}
		}
	}
}
