package import NIOCore

/// Requests that the agent answers itself, in the engine's place, for doors that know nothing but requests and sinks.
///
/// Concurrency: called on the event loop of the dispatcher.
package protocol OwnEndpoint: Sendable {
    /// - Parameter path: of the request, without the query.
    func serves(_ path: Substring) -> Bool

    /// Begins an answer. Its body counts in the memory budget on behalf of the caller until the answer is complete.
    ///
    /// - Returns: `nil` when the answer is complete already.
    func answer(_ request: BridgeRequest, dispatcher: RequestDispatcher, to sink: any ResponseSink) -> (any OwnAnswer)?
}

/// An answer of the agent's own under way.
///
/// Concurrency: the event loop on which it was begun.
package protocol OwnAnswer: AnyObject {
    /// The sink takes more again.
    func resume()
    /// The client wants no more of it: the work for it ends, and the sink hears nothing more.
    func cancel()
}

extension ResponseHead {
    /// The head of an answer that the agent makes.
    ///
    /// - Parameter length: of the body; `nil` for one that comes piece by piece.
    package static func own(_ status: Int, contentType: String, length: Int?) -> ResponseHead {
        var fields = Fields.none.adding("Content-Type", contentType)
        if let length { fields = fields.adding("Content-Length", "\(length)") }
        return ResponseHead(status: status, fields: fields, contentLength: length)
    }
}

extension ResponseSink {
    /// A whole answer of the agent's own.
    package func answer(_ status: Int, json body: ByteBuffer, form: AnswerForm = .plain) {
        self.begin(.own(status, contentType: "application/json", length: body.readableBytes), form: form)
        self.write(body)
        self.finish()
    }
}
