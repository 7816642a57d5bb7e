import Testing

@testable import Base

@Suite struct JSONErrorTests {
    @Test func theSentenceSaysWhatAndWhere() {
        let error = JSONError(.noColon, at: 17)
        #expect(error.description == "invalid JSON at byte 17: a colon was expected after the key")
    }
}
