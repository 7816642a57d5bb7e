import Auth
import Synchronization

/// The memory that all clients share which have not shown a valid credential: for unfinished heads and for bodies that must
/// be read before the request can be judged.
///
/// Each address may take a part of it, so that one client does not keep the others out. One body at a time, of a request
/// whose headers name a known key and a fresh nonce, may be larger than such a part: a signature covers up to 64 MiB, and
/// nothing of them can be passed on before the last byte. That place is the agent's, not the key's: key ids are public,
/// and a place for each would multiply the memory by their number.
///
/// Concurrency: any thread.
final class StrangerBudget: Sendable {
    /// Of all addresses together, unless half of `MEMORY_BUDGET` is less.
    static let maximumBytes = 32 << 20
    /// Of one address.
    static let addressBytes = 4 << 20

    private struct State {
        var used = 0
        var byAddress: [ClientNetwork: Int] = [:]
        var isLargePlaceTaken = false
    }

    let limit: Int
    private let addressLimit: Int
    private let state = Mutex(State())

    /// - Parameter memoryBudget: `MEMORY_BUDGET`, in bytes.
    init(memoryBudget: Int) {
        self.limit = min(Self.maximumBytes, memoryBudget / 2)
        self.addressLimit = min(Self.addressBytes, self.limit)
    }

    /// Bytes that are held now.
    var used: Int { self.state.withLock { $0.used } }

    /// - Parameter network: `nil` where one peer stands for many clients; only the sum is limited.
    /// - Returns: whether there is room; if so, `giveBack` must follow.
    func take(_ bytes: Int, for network: ClientNetwork?) -> Bool {
        self.state.withLock { state in
            guard state.used + bytes <= self.limit else { return false }
            if let network {
                let sum = state.byAddress[network, default: 0] + bytes
                guard sum <= self.addressLimit else { return false }
                state.byAddress[network] = sum
            }
            state.used += bytes
            return true
        }
    }

    func giveBack(_ bytes: Int, of network: ClientNetwork?) {
        self.state.withLock { state in
            state.used -= bytes
            guard let network, let sum = state.byAddress[network] else { return }
            state.byAddress[network] = sum > bytes ? sum - bytes : nil
        }
    }

    /// - Returns: whether the one place for a large body was free; if so, `giveBackLargePlace` must follow.
    func takeLargePlace() -> Bool {
        self.state.withLock { state in
            defer { state.isLargePlaceTaken = true }
            return !state.isLargePlaceTaken
        }
    }

    func giveBackLargePlace() {
        self.state.withLock { $0.isLargePlaceTaken = false }
    }
}
