package import NIOCore

/// Decides whether a container may have the settings that a request brings. Asked by the dispatcher, so both doors ask.
///
/// Concurrency: any thread.
package protocol AdmissionPolicy: Sendable {
    /// - Parameters:
    ///   - body: of the request, whole.
    ///   - answers: what the engine said to what was asked; `nil` when nothing was asked yet.
    ///   - actor: whom the audit trail names.
    func judge(
        _ request: ContainerCreation,
        body: ByteBuffer,
        answers: AdmissionAnswers?,
        actor: String
    ) -> AdmissionVerdict
}

/// What becomes of a request that was judged.
package enum AdmissionVerdict: Sendable {
    case admitted
    /// The request goes on; the answer carries the text as a `Warning`.
    case warned(String)
    /// The answer is 403 with this JSON.
    case refused(ByteBuffer)
    /// It depends on what the engine says to `GET` of these targets, or on the host's files, which take a thread to look at:
    /// ask again with the answers.
    case asks([String])
}

extension AdmissionVerdict {
    /// The whole of a refusal.
    ///
    /// - Parameter isHead: leaves the body away, not its length.
    static func refuse(_ body: ByteBuffer, _ form: AnswerForm, _ sink: any ResponseSink, isHead: Bool) {
        sink.begin(.own(403, contentType: "application/json", length: body.readableBytes), form: form)
        if !isHead { sink.write(body) }
        sink.finish()
    }
}
