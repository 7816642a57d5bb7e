import Foundation

/// An engine that answers what the agent needs in order to live, and everything else as its test says.
final class HostileEngine: Sendable {
    struct Request: Sendable {
        let line: String
        let head: String
        let wire: Wire
        /// Whether this is a call about `path`, whatever the version in front of it and the query behind it.
        func asks(_ method: String, _ path: String) -> Bool {
            let words = self.line.split(separator: " ")
            guard words.count == 3, words[0] == method else { return false }
            let target = words[1].split(separator: "?")[0]
            return target == path || target.hasPrefix("/v1.") && target.drop { $0 == "/" }.drop { $0 != "/" } == path
        }
    }

    /// - Returns: whether it has answered; the connection ends with it.
    typealias Manners = @Sendable (Request) -> Bool

    private let door: Door
    let path: String

    init(at path: String, _ manners: @escaping Manners = { _ in false }) throws {
        self.path = path
        self.door = try Door(path: path) { wire in
            while let head = wire.receive(upTo: "\r\n\r\n", within: .seconds(600)) {
                let line = String(head.prefix { $0 != "\r\n" })
                let request = Request(line: line, head: head, wire: wire)
                guard request.skipBody() else { return }
                if manners(request) { return }
                guard Self.answer(request) else { return }
            }
        }
    }

    func stop() { self.door.close() }

    /// What a quiet engine without containers says.
    private static func answer(_ request: Request) -> Bool {
        let body: String
        if request.asks("GET", "/version") {
            body = #"{"Version":"27.0.0","ApiVersion":"1.47","MinAPIVersion":"1.24","Os":"linux","Arch":"amd64"}"#
        } else if request.asks("GET", "/containers/json") {
            body = "[]"
        } else if request.asks("GET", "/events") {
            request.wire.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
            return !request.wire.ends(within: .seconds(600))
        } else if request.asks("GET", "/_ping") {
            body = "OK"
        } else {
            body = "{}"
        }
        return request.wire.send(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        )
    }
}

extension HostileEngine.Request {
    /// Reads past a body whose length the head says: with bytes unread, closing would overtake the answer.
    fileprivate func skipBody() -> Bool {
        var rest = Field.value("Content-Length", in: self.head).flatMap { Int($0) } ?? 0
        while rest > 0 {
            guard let bytes = self.wire.receive(within: .seconds(10)), !bytes.isEmpty else { return false }
            rest -= bytes.count
        }
        return true
    }

    /// Sends `head` once and `piece` until the other side is gone or the time is over.
    func pour(_ head: String, _ piece: [UInt8], for limit: Duration = .seconds(30)) {
        self.wire.send(head)
        let deadline = ContinuousClock.now + limit
        while .now < deadline, self.wire.send(piece, within: .seconds(5)) {}
    }

    /// Sends `piece` every 50 ms until the other side is gone or the time is over.
    func trickle(_ piece: String, for limit: Duration = .seconds(30)) {
        let deadline = ContinuousClock.now + limit
        while .now < deadline, self.wire.send(piece) { pause(.milliseconds(50)) }
    }
}

/// One line of a head.
enum Field {
    static func value(_ name: String, in head: String) -> String? {
        for line in head.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == name.lowercased() else { continue }
            return String(parts[1].drop { $0 == " " })
        }
        return nil
    }
}
