import Support
import Testing

@testable import Auth

@Suite struct AttemptLimitsTests {
    @Test func refusalsAndMalformedBodiesAreCountedApart() {
        let limits = AttemptLimits()
        for _ in 0..<10 { limits.recordMalformed(of: .local, at: .vector) }
        #expect(limits.secondsToWait(.local, at: .vector) == nil)
        #expect(limits.secondsToWaitAfterMalformed(.local, at: .vector) == 60)
        for _ in 0..<10 { limits.recordRefusal(of: .local, at: .vector) }
        #expect(limits.secondsToWait(.local, at: .vector) == 60)
    }
}
