import Testing

/// A sink that has ended a response by itself is fed on until its producer notices, so every one of them is tested with
/// every order of events. A new sink fails here until its module's `SinkOrderTests` feeds it.
@Suite struct SinkListTests {
    @Test func everySinkIsFedWithEveryOrderOfEvents() throws {
        let sources = try SourceTree.files(under: "Sources", endingIn: ".swift")
        let sinks = sources.flatMap { Self.sinks(in: $0.text) }
        #expect(sinks.count >= 7)
        let tests = try SourceTree.files(under: "Tests", endingIn: "/SinkOrderTests.swift").map(\.text).joined()
        for sink in sinks {
            #expect(["(", "<"].contains { tests.contains(sink + $0) }, "\(sink) is not in a SinkOrderTests")
        }
    }

    @Test func aSinkIsRecognisedByWhatItSaysItIs() {
        let text = """
            final class Direct: ResponseSink, Other {
            package final class Second: Other, ResponseSink {
            extension Third: ResponseSink {
            final class Fourth<Store: Other>: ResponseSink {
            struct NoSink: Other {
            let sink: any ResponseSink
            """
        #expect(Self.sinks(in: text) == ["Direct", "Second", "Third", "Fourth"])
    }

    private static func sinks(in text: String) -> [String] {
        text.matches(of: #/(?:class|extension) (\w+)(?:<[^>]*>)?: [\w, ]*\bResponseSink\b/#).map { String($0.1) }
    }
}
