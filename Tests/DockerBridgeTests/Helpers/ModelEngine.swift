import Support
import Synchronization

/// An engine with containers that a test changes: what it lists, inspects and streams is what the test says.
final class ModelEngine: Sendable {
    private struct State {
        var containers: [String: String] = [:]
        var broken: [String: Int] = [:]
        var inspected: [String] = []
        var lists = 0
        var eventTargets: [String] = []
        var eventStatus = 200
        var filterStatus = 200
        var stream: FakeEnginePeer?
    }

    private let state = Mutex(State())

    /// - Parameters:
    ///   - status: the engine's word for its state; `nil` removes the container.
    func set(_ id: String, _ status: String?) {
        self.state.withLock { $0.containers[id] = status }
    }

    /// Answers an inspect of `id` with this status, or with a document that is none for 0; `nil` mends it.
    func breakInspect(_ id: String, _ status: Int?) {
        self.state.withLock { $0.broken[id] = status }
    }

    func refuseEvents(_ status: Int) {
        self.state.withLock { $0.eventStatus = status }
    }

    /// Answers a list with a filter with this status.
    func refuseFilters(_ status: Int) {
        self.state.withLock { $0.filterStatus = status }
    }

    /// Without those with a filter.
    var lists: Int { self.state.withLock { $0.lists } }
    var eventTargets: [String] { self.state.withLock { $0.eventTargets } }

    /// The ids that were asked about since the last time.
    func takeInspected() -> [String] {
        self.state.withLock { state in
            defer { state.inspected = [] }
            return state.inspected.sorted()
        }
    }

    /// Sends an event on the stream that is open.
    func tell(_ action: String, _ id: String, time: Int) {
        let event = #"{"Type":"container","Action":"\#(action)","Actor":{"ID":"\#(id)"},"timeNano":\#(time)}"# + "\n"
        let peer = self.state.withLock { $0.stream }
        peer?.write("\(String(event.utf8.count, radix: 16))\r\n\(event)\r\n")
    }

    func cutStream() {
        let peer = self.state.withLock { state in
            defer { state.stream = nil }
            return state.stream
        }
        peer?.close()
    }

    func answer(_ request: FakeEngine.Request, _ peer: FakeEnginePeer) {
        let path = String(request.target.prefix { $0 != "?" }.drop { $0 == "/" }.drop { $0 != "/" })
        switch path {
        case "": peer.respond(200, #"{"Version":"27.0.3","ApiVersion":"1.46","Arch":"arm64","Os":"linux"}"#)
        case "/containers/json" where request.target.contains("filters="): self.filteredList(peer)
        case "/containers/json": peer.respond(200, self.list())
        case "/events": self.openStream(request.target, peer)
        case _ where path.hasPrefix("/images/"): peer.respond(404, #"{"message":"none"}"#)
        default: self.inspect(String(path.split(separator: "/")[1]), peer)
        }
    }

    private func filteredList(_ peer: FakeEnginePeer) {
        let status = self.state.withLock { $0.filterStatus }
        peer.respond(status, status == 200 ? self.list(counts: false) : #"{"message":"no"}"#)
    }

    private func list(counts: Bool = true) -> String {
        self.state.withLock { state in
            if counts { state.lists += 1 }
            let entries = state.containers.sorted { $0.key < $1.key }.map {
                #"{"Id":"\#($0.key)","Names":["/n-\#($0.key)"],"ImageID":"i1","State":"\#($0.value)","Status":"Up"}"#
            }
            return "[\(entries.joined(separator: ","))]"
        }
    }

    private func openStream(_ target: String, _ peer: FakeEnginePeer) {
        let status = self.state.withLock { state in
            state.eventTargets.append(target)
            state.stream = peer
            return state.eventStatus
        }
        guard status == 200 else { return peer.respond(status, #"{"message":"no"}"#) }
        peer.write(
            "HTTP/1.1 200 OK\r\nDate: Fri, 27 Nov 2026 08:00:00 GMT\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
    }

    private func inspect(_ id: String, _ peer: FakeEnginePeer) {
        let (status, broken) = self.state.withLock { state in
            state.inspected.append(id)
            return (state.containers[id], state.broken[id])
        }
        if broken == 0 { return peer.respond(200, "[]") }
        if let broken { return peer.respond(broken, #"{"message":"broken"}"#) }
        guard let status else { return peer.respond(404, #"{"message":"none"}"#) }
        peer.respond(
            200,
            #"{"Id":"\#(id)","Name":"/n-\#(id)","Image":"i1","Config":{"Image":"app:1"},"State":{"Status":"\#(status)","Running":\#(status == "running")}}"#
        )
    }
}
