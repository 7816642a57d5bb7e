import NIOCore
package import Trail

/// What happened lately, from the ring of the audit trail.
package struct AuditRoutes: RouteGroup {
    private let trail: AuditTrail
    private let exports: ExportCounter

    package init(trail: AuditTrail, exports: ExportCounter) {
        self.trail = trail
        self.exports = exports
    }

    package func route(_ method: String, _ path: Substring) -> AgentRoute? {
        guard method == "GET" else { return nil }
        switch path {
        // Off the event loop: 100,000 records take seconds to write.
        case "/_lookout/audit":
            return AgentRoute("/_lookout/audit", work: { request in self.newest(request) })
        case "/_lookout/audit/export":
            return AgentRoute(
                "/_lookout/audit/export",
                work: { request in
                    let export = self.export(request)
                    self.exports.count(isSuccess: export.status == 200)
                    return export
                }
            )
        default: return nil
        }
    }

    /// Newest first; a limit that is none means all.
    private func newest(_ request: AgentRequest) -> PlainAnswer {
        let ring = self.trail.recent
        let limit = request.parameter("limit").flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
        let lines = ring.lines(after: max(0, ring.latestCursor - (limit ?? ring.count)), limit: nil)
        var body = ByteBuffer(string: #"{"records":["#)
        for (index, line) in lines.reversed().enumerated() {
            if index > 0 { body.writeStaticString(",") }
            body.writeBytes(line)
        }
        body.writeString("],\"count\":\(lines.count)}\n")
        return self.answer(200, "application/json", body)
    }

    /// Oldest first, from a cursor on: for a collector that must know when some are lost.
    private func export(_ request: AgentRequest) -> PlainAnswer {
        let ring = self.trail.recent
        var limit: Int?
        if let text = request.parameter("limit") {
            guard let number = Int(text), number >= 0 else { return self.refusal(400, "invalid limit") }
            limit = number
        }
        var cursor: Int?
        if let text = request.parameter("cursor") {
            guard let number = Int(text), number >= 0 else { return self.refusal(400, "invalid cursor") }
            cursor = number
        }
        if let cursor, ring.isBroken(at: cursor) {
            let why =
                cursor > ring.latestCursor
                ? "the cursor is ahead of this agent, which was started again since"
                : "records behind the cursor are lost"
            var answer = self.refusal(409, "\(why); go on from X-Lookout-Next-Cursor")
            answer.fields += self.cursors(ring, next: ring.oldestCursor - 1, count: 0)
            return answer
        }
        let start = cursor ?? ring.oldestCursor - 1
        let lines = ring.lines(after: start, limit: limit)
        var body = ByteBuffer()
        for line in lines {
            body.writeBytes(line)
            body.writeStaticString("\n")
        }
        var answer = self.answer(200, "application/x-ndjson", body)
        let first = max(start + 1, ring.oldestCursor)
        answer.fields += self.cursors(ring, next: lines.isEmpty ? start : first + lines.count - 1, count: lines.count)
        return answer
    }

    private func cursors(_ ring: AuditRing, next: Int, count: Int) -> [(name: String, value: String)] {
        [
            ("X-Lookout-Oldest-Cursor", "\(ring.oldestCursor)"), ("X-Lookout-Latest-Cursor", "\(ring.latestCursor)"),
            ("X-Lookout-Next-Cursor", "\(next)"), ("X-Lookout-Record-Count", "\(count)"),
        ]
    }

    private func answer(_ status: Int, _ type: String, _ body: ByteBuffer) -> PlainAnswer {
        var answer = PlainAnswer(status, contentType: type, body: body)
        answer.fields.append(("Cache-Control", "no-store"))
        return answer
    }

    private func refusal(_ status: Int, _ text: String) -> PlainAnswer {
        self.answer(status, "text/plain; charset=utf-8", ByteBuffer(string: text + "\n"))
    }
}
