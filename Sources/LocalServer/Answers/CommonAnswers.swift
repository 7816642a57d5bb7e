import NIOCore

extension AgentRoute {
    /// A route that always answers the same.
    static func json(_ name: StaticString, _ body: ByteBuffer) -> AgentRoute {
        AgentRoute(name) { $1.send(PlainAnswer(200, contentType: "application/json", body: body)) }
    }

    static func json(_ name: StaticString, _ body: StaticString) -> AgentRoute {
        self.json(name, ByteBuffer(staticString: body))
    }

    static func list(_ name: StaticString, _ list: ContainerList) -> AgentRoute {
        AgentRoute(name) { _, answer in
            list.get(on: answer.eventLoop) {
                answer.send(PlainAnswer(200, contentType: "application/json", body: $0))
            }
        }
    }
}

extension AnswerStream {
    /// Begins a stream of server-sent events, and sends its head at once.
    ///
    /// - Returns: whether events may follow.
    func beginEvents() -> Bool {
        let goesOn = self.begin(
            contentType: "text/event-stream",
            // Some proxies gather what is small before they pass it on.
            fields: [("Cache-Control", "no-cache"), ("X-Accel-Buffering", "no")],
            isEndless: true
        )
        if goesOn { self.flush() }
        return goesOn
    }
}
