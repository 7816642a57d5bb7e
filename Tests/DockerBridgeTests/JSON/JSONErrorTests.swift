import Testing

@testable import Base

@Suite struct JSONErrorTests {
    @Test func theSentenceSaysWhatAndWhere() {
        let error = JSONError(reason: .noColon, offset: 17)
        #expect(error.description == "invalid JSON at byte 17: a colon was expected after the key")
    }
}
