import NIOCore

/// The sentence in an engine's error answer: `{"message":"…"}`, else the text itself, shortened.
enum EngineMessage {
    private static let maximumCharacters = 500

    static func text(of response: CollectedResponse) -> String {
        self.text(status: response.status, body: response.body)
    }

    static func text(status: Int, body: ByteBuffer) -> String {
        if let message = JSONMember.text("message", of: body) { return message }
        let text = String(buffer: body).prefix(self.maximumCharacters)
        return text.isEmpty ? "the engine answered with status \(status)" : String(text)
    }
}
