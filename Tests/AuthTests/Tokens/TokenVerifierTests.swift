import Testing

@testable import Auth

@Suite struct TokenVerifierTests {
    private let hash: TokenHash

    init() throws {
        self.hash = try TokenHash(phc: TokenHashTests.cheap)
    }

    @Test func aColdBurstOfTwentyCorrectTokensIsLetInWhole() async {
        let hash = self.hash
        // Nobody's patience ends: how long twenty derivations take here is not what is tested.
        let verifier = TokenVerifier {
            hash.matches(Array($0.utf8).span)
        } sleep: { _ in
            try await Task.sleep(for: .seconds(600))
        }
        await withTaskGroup(of: TokenVerifier.Outcome.self) { group in
            for _ in 0..<20 { group.addTask { await verifier.verify("lookout-test-token") } }
            for await outcome in group { #expect(outcome == .valid) }
        }
    }

    @Test func beforeTheFirstSuccessEveryTokenIsDerivedOnce() async {
        let verifier = TokenVerifier(self.hash)
        #expect(await verifier.verify("wrong") == .invalid(isDerived: true))
        #expect(verifier.quickAnswer("wrong") == false)
        #expect(verifier.quickAnswer("other") == nil)
        #expect(await verifier.verify("lookout-test-token") == .valid)
        #expect(verifier.quickAnswer("wrong") == false)
        #expect(verifier.quickAnswer("lookout-test-token") == true)
        #expect(await verifier.verify("wrong") == .invalid(isDerived: false))
    }

    @Test func theLastSixtyFourWrongTokensAreRemembered() async {
        let verifier = TokenVerifier { _ in
            false
        } sleep: { _ in
        }
        for number in 0...64 { _ = await verifier.verify("wrong-\(number)") }
        #expect(verifier.quickAnswer("wrong-0") == nil)
        #expect(verifier.quickAnswer("wrong-1") == false && verifier.quickAnswer("wrong-64") == false)
    }

    @Test func whoWaitsInVainIsSentAway() async {
        let gate = Gate()
        let verifier = TokenVerifier { _ in
            await gate.pass()
            return false
        } sleep: { _ in
        }
        async let first = verifier.verify("wrong")
        async let second = verifier.verify("wrong")
        await gate.waitForCallers(2)
        #expect(await verifier.verify("wrong") == .busy)
        await gate.open()
        #expect(await [first, second] == [.invalid(isDerived: true), .invalid(isDerived: true)])
        #expect(await verifier.verify("wrong") == .invalid(isDerived: false), "places are given back")
    }

    @Test func withoutMemoryForADerivationTheAnswerIsBusy() async {
        let verifier = TokenVerifier { _ in
            nil
        } sleep: { _ in
        }
        #expect(await verifier.verify("token") == .busy)
        #expect(verifier.quickAnswer("token") == nil)
    }
}

/// Holds derivations until the test lets them go.
private actor Gate {
    private var isOpen = false
    private var callers: [CheckedContinuation<Void, Never>] = []
    private var watcher: (count: Int, continuation: CheckedContinuation<Void, Never>)?

    func pass() async {
        if self.isOpen { return }
        await withCheckedContinuation { continuation in
            self.callers.append(continuation)
            if let watcher = self.watcher, self.callers.count >= watcher.count {
                self.watcher = nil
                watcher.continuation.resume()
            }
        }
    }

    func waitForCallers(_ count: Int) async {
        if self.callers.count >= count { return }
        await withCheckedContinuation { self.watcher = (count, $0) }
    }

    func open() {
        self.isOpen = true
        for caller in self.callers { caller.resume() }
        self.callers = []
    }
}
