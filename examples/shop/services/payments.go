package services

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"postern/examples/shop/shoppb"
)

// payments takes money from whoever asks: as in many a company, being inside is credential enough.
type payments struct {
	shoppb.UnimplementedPaymentsServer
}

func newPayments() *grpc.Server {
	s := grpc.NewServer()
	shoppb.RegisterPaymentsServer(s, payments{})
	return s
}

// Charge takes money from a card.
func (payments) Charge(_ context.Context, r *shoppb.ChargeRequest) (*shoppb.ChargeReply, error) {
	if r.GetAmount().GetMinorUnits() <= 0 {
		return nil, status.Error(codes.InvalidArgument, "an amount above zero is needed")
	}
	return &shoppb.ChargeReply{PaymentId: "pay_" + token(), State: "captured"}, nil
}

// Refund gives money back.
func (payments) Refund(_ context.Context, r *shoppb.RefundRequest) (*shoppb.RefundReply, error) {
	if r.GetPaymentId() == "" {
		return nil, status.Error(codes.InvalidArgument, "a payment is needed")
	}
	return &shoppb.RefundReply{RefundId: "ref_" + token(), State: "pending"}, nil
}

// Settle answers each settlement as it comes.
func (payments) Settle(stream grpc.BidiStreamingServer[shoppb.Settlement, shoppb.Settled]) error {
	for {
		settlement, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := stream.Send(&shoppb.Settled{PaymentId: settlement.PaymentId, SettledAt: time.Now().Unix()}); err != nil {
			return err
		}
	}
}

// token is twenty random letters and digits.
func token() string { return strings.ReplaceAll(newUUID(), "-", "")[:20] }
