package envoy

import (
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strconv"

	accesslogdatav3 "github.com/envoyproxy/go-control-plane/envoy/data/accesslog/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/ext_authz/v3" // ShadowDecision inside filter_state_objects
	accesslogv3 "github.com/envoyproxy/go-control-plane/envoy/service/accesslog/v3"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// filterName is where Envoy keeps the dynamic metadata of our answers.
const filterName = "envoy.filters.http.ext_authz"

// accessLog takes Envoy's access log. Delivery is at most once and loss is silent: no entry means nothing at all about a call.
type accessLog struct{ service Service }

// StreamAccessLogs reads one proxy's stream to its end.
func (l accessLog) StreamAccessLogs(stream accesslogv3.AccessLogService_StreamAccessLogsServer) (err error) {
	defer func() {
		if p := recover(); p != nil {
			l.service.Failed(stream.Context(), &Call{}, Failure{Kind: FailurePanic, Err: fmt.Errorf("envoy: panic in the access log: %v", p), Stack: debug.Stack()})
			err = status.Error(codes.Internal, "envoy: panic in the access log")
		}
	}()
	node := "" // stands in the stream's first message only
	for {
		m, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return stream.SendAndClose(&accesslogv3.StreamAccessLogsResponse{})
		}
		if err != nil {
			return err
		}
		if id := m.GetIdentifier().GetNode().GetId(); id != "" {
			node = id
		}
		for _, e := range m.GetHttpLogs().GetLogEntry() {
			if o, ok := outcome(e, node); ok {
				l.service.Ended(o)
			}
		}
	}
}

// outcome reads one entry; false for one that was written before the call's end.
func outcome(e *accesslogdatav3.HTTPAccessLogEntry, node string) (Outcome, bool) {
	common, response := e.GetCommonProperties(), e.GetResponse()
	switch common.GetAccessLogType() {
	case accesslogdatav3.AccessLogType_NotSet, accesslogdatav3.AccessLogType_DownstreamEnd:
	default:
		return Outcome{}, false
	}
	if common.GetIntermediateLogEntry() { //nolint:staticcheck // deprecated, and all that an Envoy before 1.25 tells
		return Outcome{}, false
	}
	o := Outcome{
		ID:         common.GetMetadata().GetFilterMetadata()[filterName].GetFields()["decision_id"].GetStringValue(),
		At:         common.GetStartTime().AsTime().Add(common.GetDuration().AsDuration()),
		Status:     int(response.GetResponseCode().GetValue()),
		GRPCStatus: -1,
		Flags:      response.GetResponseCodeDetails(),
		Took:       common.GetDuration().AsDuration(),
		Node:       node,
	}
	o.GRPC = isGRPC([]byte(e.GetRequest().GetRequestHeaders()["content-type"])) || isGRPC([]byte(response.GetResponseHeaders()["content-type"]))
	// Trailers, or headers where the answer has no message ("trailers-only"). Without either the call did not end as gRPC.
	for _, fields := range []map[string]string{response.GetResponseTrailers(), response.GetResponseHeaders()} {
		if text, ok := fields["grpc-status"]; ok {
			o.GRPC = true
			if code, err := strconv.Atoi(text); err == nil && code >= 0 {
				o.GRPCStatus = code
			} else {
				o.GRPCStatus = int(codes.Unknown)
			}
			break
		}
	}
	return o, true
}
