import Auth
import Testing

@testable import LocalServer

@Suite struct RequestMeterTests {
    /// A client that makes up methods must not make up series.
    @Test func methodsThatNobodyKnowsShareOneName() {
        var meter = RequestMeter()
        for method in ["GET", "BREW", "SHOUT"] {
            meter.began()
            meter.finished(method, nil, status: 200, seconds: 0.002)
        }
        #expect(meter.requests.count == 2)
        #expect(meter.requests[.init(route: "docker", method: "OTHER", status: 200)] == 2)
        #expect(meter.inFlight == 0)
    }

    @Test func timesFallIntoTheirBuckets() throws {
        var meter = RequestMeter()
        for seconds in [0.0005, 0.001, 0.0011, 10, 11] {
            meter.began()
            meter.finished("GET", "/a", status: 200, seconds: seconds)
        }
        let times = try #require(meter.times["/a"])
        #expect(times.buckets == [2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1])
    }

    @Test func theSumOfTwoIsBoth() {
        var one = RequestMeter()
        one.began()
        one.finished("GET", nil, status: 200, seconds: 1)
        var sum = one
        sum.began()
        sum.add(one)
        #expect(sum.requests.values.reduce(0, +) == 2)
        #expect(sum.times["docker"]?.sum == 2)
        #expect(sum.inFlight == 1)
    }
}
