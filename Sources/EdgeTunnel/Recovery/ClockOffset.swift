import Base
import DockerBridge

/// What has to be added to this host's clock to get the controller's.
enum ClockOffset {
    /// A clock that is more than a day off says nothing about what time it is; an operator must look at it.
    static let limit: Int64 = 24 * 3600

    enum Failure: Error, Equatable, CustomStringConvertible {
        case tooLarge(seconds: Int64)

        var description: String {
            switch self {
            case .tooLarge(let seconds):
                "this host's clock is \(ClockOffset.words(seconds)) the controller's, more than a day; set it right"
            }
        }
    }

    /// - Parameters:
    ///   - server: the second in which the controller's origin answered.
    ///   - local: this host's clock when the answer came, in milliseconds.
    ///   - roundTrip: the answer is half of it old.
    static func seconds(
        server: Int64,
        local: Int64,
        roundTrip: Duration
    ) throws(Failure) -> Int64 {
        // The server's second had been running for half of it on average.
        let difference = server * 1000 + 500 + Int64(roundTrip.seconds * 500) - local
        let seconds = Int64((Double(difference) / 1000).rounded())
        guard abs(seconds) <= Self.limit else { throw .tooLarge(seconds: seconds) }
        return seconds
    }

    /// As in "this host's clock is `3 s behind` the controller's".
    ///
    /// - Parameter seconds: what this host's clock lacks.
    static func words(_ seconds: Int64) -> String {
        seconds == 0 ? "equal to" : "\(seconds.magnitude) s \(seconds > 0 ? "behind" : "ahead of")"
    }
}
