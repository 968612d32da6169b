package services

import (
	"fmt"
	"net/http"
	"net/url"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"postern/examples/shop/shoppb"
)

// notifier is a third party's program that sends mail. Nobody here has seen its source, and its sidecar reaches every service, as in most meshes.
type notifier struct {
	users    peer
	payments shoppb.PaymentsClient
}

func newNotifier(peers map[string]string) (*Service, error) {
	at, err := need(peers, "users", "payments")
	if err != nil {
		return nil, err
	}
	connection, err := dial("payments", at[1])
	if err != nil {
		return nil, fmt.Errorf("shop: %w", err)
	}
	n := notifier{newPeer("users", at[0]), shoppb.NewPaymentsClient(connection)}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /notifications", n.notify)
	mux.HandleFunc("GET /healthz", healthy)
	mux.HandleFunc("POST /backdoor", n.backdoor)
	return &Service{HTTP: mux}, nil
}

func (n notifier) notify(w http.ResponseWriter, r *http.Request) {
	note, ok := read[Notification](w, r)
	if !ok {
		return
	}
	var contact map[string]string
	if err := n.users.do(r.Context(), http.MethodGet, "/users/"+url.PathEscape(note.UserID)+"/contact", nil, &contact); err != nil {
		failed(w, err)
		return
	}
	answer(w, http.StatusAccepted, map[string]string{"sent_to": contact["email"]})
}

// Backdoor is what came of the program's stolen order.
type Backdoor struct {
	Code     string `json:"code"` // of gRPC
	Message  string `json:"message"`
	Decision string `json:"decision"` // x-postern-decision-id, where there is one
}

// backdoor is the compromise: whoever holds the third party's release process makes the program take money. It goes out through the program's own sidecar
// and so with its valid certificate. The demo calls it on the application's own port, as the intruder's connection would come.
func (n notifier) backdoor(w http.ResponseWriter, r *http.Request) {
	var header, trailer metadata.MD
	_, err := n.payments.Charge(r.Context(), &shoppb.ChargeRequest{
		OrderId: newUUID(), CustomerId: newUUID(), CardToken: "card_4fK29xQmP0sLw7RtZb31Vd8e", IdempotencyKey: newUUID(),
		Amount: &shoppb.Money{MinorUnits: 1999, Currency: "EUR"}, StatementText: "ACME SHOP 1f0c2b9a",
	}, grpc.Header(&header), grpc.Trailer(&trailer))
	result := Backdoor{Code: status.Code(err).String()}
	if err != nil {
		result.Message = status.Convert(err).Message()
	}
	for _, md := range []metadata.MD{header, trailer} {
		if id := md.Get("x-postern-decision-id"); len(id) > 0 {
			result.Decision = id[0]
		}
	}
	answer(w, http.StatusOK, result)
}
