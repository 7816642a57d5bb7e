import Base
import Support
import Synchronization

/// An engine that starts containers when a test says so, each privileged.
final class StartingEngine: Sendable {
    private struct State {
        /// When each was started last, in the order of the first start.
        var started: [(id: String, at: Int)] = []
        /// Lines of the stream, all of them.
        var events: [String] = []
        var stream: FakeEnginePeer?
        var isAway = false
        var clock = 1_700_000_000
    }

    private let state = Mutex(State())
    /// Whether its events tell no more than the second. Containers start half a second later then.
    private let tellsOnlySeconds: Bool

    init(tellsOnlySeconds: Bool = false) {
        self.tellsOnlySeconds = tellsOnlySeconds
    }

    /// Starts a container, a second after whatever happened before, and tells of it on the stream that is open.
    ///
    /// - Parameter times: starts of one container before anything else is asked.
    func start(_ id: String, times: Int = 1) {
        let (lines, peer) = self.state.withLock { state in
            var lines: [String] = []
            for _ in 0..<times {
                state.clock += 1
                state.started.removeAll { $0.id == id }
                state.started.append((id, state.clock))
                lines.append(self.event(id, at: state.clock))
            }
            state.events += lines
            return (lines, state.stream)
        }
        for line in lines { peer?.write(Self.chunk(line)) }
    }

    /// Closes the stream, and does not answer until `comeBack`.
    func goAway() {
        let peer = self.state.withLock { state in
            state.isAway = true
            defer { state.stream = nil }
            return state.stream
        }
        peer?.closeWhenWritten()
    }

    func comeBack() {
        self.state.withLock { $0.isAway = false }
    }

    func answer(_ request: FakeEngine.Request, _ peer: FakeEnginePeer) {
        if self.state.withLock({ $0.isAway }) { return peer.close() }
        if WatchBench.answersVersion(request, peer) { return }
        let path = WatchBench.path(request)
        switch path {
        case "/containers/json":
            let entries = self.state.withLock { $0.started.map { #"{"Id":"\#($0.id)"}"# } }
            peer.respond(200, "[\(entries.joined(separator: ","))]")
        case "/events": self.follow(request.target, peer)
        default:
            let id = path.split(separator: "/").dropFirst().first.map(String.init) ?? ""
            guard let at = self.state.withLock({ state in state.started.last { $0.id == id }?.at }) else {
                return peer.respond(404, "{}")
            }
            peer.respond(
                200,
                #"{"Id":"\#(id)","Name":"/\#(id)","State":{"StartedAt":"\#(self.time(at))"},"HostConfig":{"Privileged":true}}"#
            )
        }
    }

    /// Says once more what was said since the moment that is asked for, and that moment itself, as engines do.
    private func follow(_ target: String, _ peer: FakeEnginePeer) {
        let since = target.split(separator: "since=").dropFirst().first.flatMap { Int($0.prefix { $0.isNumber }) }
        peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        let past = self.state.withLock { state in
            state.stream = peer
            guard let since else { return [String]() }
            return state.events.suffix(max(0, state.clock - since + 1))
        }
        for line in past { peer.write(Self.chunk(line)) }
    }

    private func time(_ second: Int) -> String {
        UnixTime(seconds: Int64(second), nanoseconds: self.tellsOnlySeconds ? 500_000_000 : 0).rfc3339
    }

    private func event(_ id: String, at second: Int) -> String {
        #"{"Type":"container","Action":"start","Actor":{"ID":"\#(id)","Attributes":{"name":"\#(id)"}},"#
            + (self.tellsOnlySeconds ? #""time":\#(second)}"# : #""timeNano":\#(second)000000005}"#) + "\n"
    }

    private static func chunk(_ line: String) -> String { "\(String(line.utf8.count, radix: 16))\r\n\(line)\r\n" }
}
