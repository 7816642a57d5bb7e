import HTTPWire
import NIOCore

/// Writes the HTTP/1.1 head (and a small body) of a request to the engine.
enum RequestHeadWriter {
    /// A larger body is written by itself, because copying it behind the head would hold it twice.
    static let maximumInlineBytes = 16 << 10

    static func isInline(_ body: ByteBuffer) -> Bool { body.readableBytes <= Self.maximumInlineBytes }

    /// The head, and behind it a body that is small enough.
    ///
    /// - Parameters:
    ///   - host: who is asked, for `Host`.
    ///   - versionPrefix: put in front of a target that names no API version, such as `/v1.43`.
    static func write(
        _ request: BridgeRequest,
        host: String = EngineAddress.socketHost,
        versionPrefix: String,
        upgrade: String?,
        allocator: ByteBufferAllocator
    ) -> ByteBuffer {
        let bodyBytes = request.body?.readableBytes ?? 0
        var buffer = allocator.buffer(
            capacity: 384 + request.target.utf8.count + min(bodyBytes, Self.maximumInlineBytes)
        )
        let takesPrefix = request.takesVersionPrefix && !request.route.namesVersion
        buffer.writeRequestLine(request.method, prefix: takesPrefix ? versionPrefix : "", request.target)
        buffer.writeField("Host", host)
        for header in request.headers { buffer.writeField(header.name, header.value) }
        if let upgrade { buffer.writeUpgrade(upgrade) }
        if request.expectsContinue { buffer.writeField("Expect", "100-continue") }
        switch request.streamedBody {
        case .sized(let length)?: buffer.writeLength(length)
        case .chunked?: buffer.writeChunked()
        case nil:
            // A body-less POST needs the zero: without it some engines wait for a body.
            if request.body != nil || !(request.method == "GET" || request.method == "HEAD") {
                buffer.writeLength(bodyBytes)
            }
        }
        buffer.endHead()
        if let body = request.body, Self.isInline(body) { buffer.writeImmutableBuffer(body) }
        return buffer
    }
}
