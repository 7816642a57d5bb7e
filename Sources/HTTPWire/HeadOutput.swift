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
