package import NIOCore

/// Decides whether a container may have the settings that a request brings. Asked by the dispatcher, so both doors ask.
///
/// Concurrency: any thread.
package protocol AdmissionPolicy: Sendable {
    /// - Parameters:
    ///   - body: of the request, whole.
    ///   - actor: whom the audit trail names.
    func judge(_ request: ContainerCreation, body: ByteBuffer, actor: String) -> AdmissionVerdict
}

package enum AdmissionVerdict: Sendable {
    case admitted
    /// The request goes on; the answer carries the text as a `Warning`.
    case warned(String)
    /// The answer is 403 with this JSON.
    case refused(ByteBuffer)
}

extension AdmissionVerdict {
    /// The whole of a refusal.
    static func refuse(_ body: ByteBuffer, _ route: Route, _ sink: any ResponseSink) {
        sink.begin(self.head(of: body), route: route)
        sink.write(body)
        sink.finish()
    }

    private static func head(of body: ByteBuffer) -> ResponseHead {
        ResponseHead(
            status: 403,
            fields: ResponseHead.Fields.none
                .adding("Content-Type", "application/json").adding("Content-Length", "\(body.readableBytes)"),
            contentLength: body.readableBytes
        )
    }
}
