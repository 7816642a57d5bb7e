/// Where a head is written: a buffer that grows at its end. The only writer of heads and chunk sizes.
///
/// The requirements are those of NIO's `ByteBuffer`, which therefore needs no adapter: a head is written where it will be
/// sent from. Texts must hold no line ends; requests and answers are checked when they are read.
package protocol HeadOutput {
    @discardableResult
    mutating func writeString(_ text: String) -> Int
    @discardableResult
    mutating func writeBytes(_ bytes: UnsafeRawBufferPointer) -> Int
}

extension HeadOutput {
    /// - Parameter prefix: stands in front of `target`.
    @inlinable package mutating func writeRequestLine(_ method: String, prefix: String = "", _ target: String) {
        self.writeString(method)
        self.writeString(" ")
        self.writeString(prefix)
        self.writeString(target)
        self.writeString(" HTTP/1.1\r\n")
    }

    package mutating func writeStatusLine(_ status: Int) {
        self.writeString("HTTP/1.1 \(status) \(ReasonPhrase.of(status))\r\n")
    }

    /// - Parameter text: status and reason as another server wrote them.
    @inlinable package mutating func writeStatusLine(_ text: UnsafeRawBufferPointer) {
        self.writeString("HTTP/1.1 ")
        self.writeBytes(text)
        self.writeString("\r\n")
    }

    @inlinable package mutating func writeField(_ name: String, _ value: String) {
        self.writeString(name)
        self.writeString(": ")
        self.writeString(value)
        self.writeString("\r\n")
    }

    @inlinable package mutating func writeField(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
        self.writeBytes(name)
        self.writeString(": ")
        self.writeBytes(value)
        self.writeString("\r\n")
    }

    @inlinable package mutating func writeUpgrade(_ name: String) {
        self.writeField("Connection", "Upgrade")
        self.writeField("Upgrade", name)
    }

    @inlinable package mutating func writeLength(_ length: Int) {
        self.writeField("Content-Length", String(length))
    }

    @inlinable package mutating func writeChunked() {
        self.writeString("Transfer-Encoding: chunked\r\n")
    }

    @inlinable package mutating func writeClose() {
        self.writeString("Connection: close\r\n")
    }

    /// The empty line behind the fields.
    @inlinable package mutating func endHead() {
        self.writeString("\r\n")
    }

    /// The line in front of a chunk's data. Behind the data follows `ChunkText.lineEnd`.
    @inlinable package mutating func writeChunkSize(_ count: Int) {
        self.writeString(String(count, radix: 16))
        self.writeString("\r\n")
    }
}

/// The fixed parts of a chunked body.
package enum ChunkText {
    package static let lineEnd = "\r\n"
    /// The last chunk, without trailers.
    package static let last = "0\r\n\r\n"
}

/// The words behind a status code, for people only (RFC 9110 §15).
enum ReasonPhrase {
    static func of(_ status: Int) -> String {
        switch status {
        case 100: "Continue"
        case 200: "OK"
        case 202: "Accepted"
        case 204: "No Content"
        case 301: "Moved Permanently"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 413: "Content Too Large"
        case 417: "Expectation Failed"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        case 505: "HTTP Version Not Supported"
        default: "Answer"
        }
    }
}
