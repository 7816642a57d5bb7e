import Auth
import Base
import Testing

@Suite struct RateLimiterTests {
    private let start = ContinuousClock.now
    private let client = IPAddress("192.0.2.7")!

    private func fail(_ limiter: inout RateLimiter, _ client: IPAddress, times: Int, after: Duration = .zero) {
        for _ in 0..<times {
            limiter.recordFailure(of: client, at: self.start + after)
        }
    }

    @Test func tenFailuresPassAndThenTheMinuteHasToEnd() {
        var limiter = RateLimiter()
        self.fail(&limiter, self.client, times: 9)
        #expect(limiter.secondsToWait(self.client, at: self.start) == nil)
        self.fail(&limiter, self.client, times: 1, after: .seconds(30))
        #expect(limiter.secondsToWait(self.client, at: self.start + .seconds(30)) == 30)
        #expect(limiter.secondsToWait(self.client, at: self.start + .milliseconds(59_500)) == 1)
        #expect(limiter.secondsToWait(self.client, at: self.start + .seconds(60)) == nil)
    }

    @Test func oneWrongCredentialCountsOnceWithinASecondAndOnceOnAConnection() {
        var limiter = RateLimiter()
        func fail(_ credential: Int?, _ connection: UInt64?, after milliseconds: Int) {
            let now = self.start + .milliseconds(milliseconds)
            limiter.recordFailure(of: self.client, credential: credential, connection: connection, at: now)
        }
        for _ in 0..<20 { fail(1, nil, after: 0) }  // 1
        for connection in 0..<20 { fail(1, UInt64(connection), after: 999) }
        for _ in 0..<20 { fail(2, 7, after: 0) }  // 2
        for second in 0..<30 { fail(2, 7, after: second * 1000) }
        fail(1, nil, after: 1000)  // 3
        fail(3, 7, after: 1000)  // 4: another one on the same connection
        for _ in 0..<5 { fail(nil, 7, after: 1000) }  // 9: unknown ones count each time
        #expect(limiter.secondsToWait(self.client, at: self.start + .seconds(1)) == nil)
        fail(4, nil, after: 1000)
        #expect(limiter.secondsToWait(self.client, at: self.start + .seconds(1)) == 59)
    }

    @Test func aCostlyFailureAlwaysCountsAndItsCheapRepetitionsDoNot() {
        var limiter = RateLimiter()
        func fail(isCostly: Bool) {
            limiter.recordFailure(of: self.client, credential: 1, connection: 7, isCostly: isCostly, at: self.start)
        }
        for _ in 0..<9 {
            fail(isCostly: true)
            fail(isCostly: false)
        }
        #expect(limiter.secondsToWait(self.client, at: self.start) == nil)
        fail(isCostly: true)
        #expect(limiter.secondsToWait(self.client, at: self.start) == 60)
    }

    @Test func theWindowRestartsAfterItsEnd() {
        var limiter = RateLimiter()
        self.fail(&limiter, self.client, times: 10)
        self.fail(&limiter, self.client, times: 9, after: .seconds(60))
        #expect(limiter.secondsToWait(self.client, at: self.start + .seconds(61)) == nil)
        self.fail(&limiter, self.client, times: 1, after: .seconds(61))
        #expect(limiter.secondsToWait(self.client, at: self.start + .seconds(61)) == 59)
    }

    @Test func dropsTheOldestClientWhenItIsFull() {
        var limiter = RateLimiter()
        self.fail(&limiter, self.client, times: 10)
        for number in 0..<9_999 {
            self.fail(&limiter, IPAddress("10.\(number >> 16).\(number >> 8 & 255).\(number & 255)")!, times: 10)
        }
        #expect(limiter.count == 10_000)
        #expect(limiter.secondsToWait(self.client, at: self.start) == 60)
        let last = IPAddress("203.0.113.1")!
        self.fail(&limiter, last, times: 10, after: .seconds(1))
        #expect(limiter.count == 10_000)
        #expect(limiter.secondsToWait(self.client, at: self.start) == nil)
        #expect(limiter.secondsToWait(last, at: self.start + .seconds(1)) == 60)
        #expect(limiter.secondsToWait(IPAddress("10.0.0.0")!, at: self.start + .seconds(1)) == 59)
    }

    @Test func forgetsClientsAfterTheirMinute() {
        var limiter = RateLimiter()
        for number in 0..<100 {
            self.fail(&limiter, IPAddress("10.0.0.\(number)")!, times: 3)
        }
        self.fail(&limiter, self.client, times: 1, after: .seconds(60))
        #expect(limiter.count == 1)
    }

    /// Whoever has one IPv4 address has a whole network of these.
    @Test(arguments: ["2002:c000:207:%::1", "2001:0:1:%:0:ffff:3fff:fdf8", "64:ff9b::192.0.2.7", "::ffff:192.0.2.7"])
    func anAddressMadeFromIPv4CountsAsThatOne(pattern: String) {
        var limiter = RateLimiter()
        for number in 0..<10 {
            self.fail(&limiter, IPAddress(pattern.replacing("%", with: "\(number)"))!, times: 1)
        }
        #expect(limiter.secondsToWait(self.client, at: self.start) == 60)
    }

    @Test func countsIPv6ByNetworkAndIPv4ByAddress() {
        var limiter = RateLimiter()
        for number in 0..<10 {
            self.fail(&limiter, IPAddress("2001:db8:0:1::\(number)")!, times: 1)
            self.fail(&limiter, IPAddress("192.0.2.\(number)")!, times: 1)
        }
        #expect(limiter.secondsToWait(IPAddress("2001:db8:0:1:ffff::")!, at: self.start) == 60)
        #expect(limiter.secondsToWait(IPAddress("2001:db8:0:2::1")!, at: self.start) == nil)
        #expect(limiter.secondsToWait(IPAddress("192.0.2.0")!, at: self.start) == nil)
    }
}
