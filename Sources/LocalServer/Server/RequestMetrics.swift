import NIOConcurrencyHelpers
import NIOCore

/// The requests that the listener's event loops have counted, added up.
package final class RequestMetrics: MetricsSource {
    private let loops = NIOLockedValueBox<[NIOLoopBound<ListenerLoop>]>([])

    package init() {}

    func add(_ listenerLoop: NIOLoopBound<ListenerLoop>) {
        self.loops.withLockedValue { $0.append(listenerLoop) }
    }

    package func write(to page: inout MetricsPage) async {
        var sum = RequestMeter()
        for listenerLoop in self.loops.withLockedValue({ $0 }) {
            // A loop that runs cannot refuse a task.
            sum.add(try! await listenerLoop.eventLoop.submit { listenerLoop.value.meter }.get())
        }
        self.writeCounters(sum, to: &page)
        self.writeTimes(sum, to: &page)
    }

    private func writeCounters(_ sum: RequestMeter, to page: inout MetricsPage) {
        page.family("lookout_http_requests_total", .counter, "Requests by route; 'docker' is passed through.")
        let keys = sum.requests.keys.sorted { ($0.route, $0.method, $0.status) < ($1.route, $1.method, $1.status) }
        for key in keys {
            page.sample(
                sum.requests[key]!,
                [("route", key.route), ("method", key.method), ("code", "\(key.status)")]
            )
        }
        page.single("lookout_http_requests_in_flight", .gauge, "Requests under way.", sum.inFlight)
        page.family("lookout_auth_failures_total", .counter, "Requests that were not let in, by reason.")
        let reasons = [
            "bad_token", "no_credentials", "unknown-key", "timestamp-skew", "replay", "invalid-signature",
            "body-too-large",
        ]
        for reason in reasons { page.sample(sum.failures[reason, default: 0], [("reason", reason)]) }
        page.single("lookout_rate_limited_total", .counter, "Requests answered with 429.", sum.limited)
    }

    private func writeTimes(_ sum: RequestMeter, to page: inout MetricsPage) {
        guard !sum.times.isEmpty else { return }
        let help = "From a request's head to the end of its answer, streams included."
        page.family("lookout_http_request_duration_seconds", .histogram, help)
        for (route, times) in sum.times.sorted(by: { $0.key < $1.key }) {
            var count = 0
            for (index, bound) in RequestMeter.bounds.enumerated() {
                count += times.buckets[index]
                page.sample(count, [("route", route), ("le", "\(bound)")], suffix: "_bucket")
            }
            count += times.buckets.last!
            page.sample(count, [("route", route), ("le", "+Inf")], suffix: "_bucket")
            page.sample(times.sum, [("route", route)], suffix: "_sum")
            page.sample(count, [("route", route)], suffix: "_count")
        }
    }
}
