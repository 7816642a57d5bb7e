/// Tells by the name of a label whether its value should not be shown to an assistant.
enum SecretName {
    private static let words = ["passw", "secret", "token", "apikey", "api_key", "api-key", "credential", "private"]

    /// - Returns: the value, or what stands for one that is kept back.
    static func shown(_ value: String, of name: String) -> String {
        let name = name.lowercased()
        return self.words.contains { name.contains($0) } ? "<redacted>" : value
    }
}
