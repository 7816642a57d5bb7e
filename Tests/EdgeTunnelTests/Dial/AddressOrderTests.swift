import NIOCore
import Testing

@testable import EdgeTunnel

@Suite struct AddressOrderTests {
    private static let all = ["10.0.0.1", "10.0.0.2", "fd00::1", "fd00::2", "10.0.0.3"].map(Self.address)

    private static func address(_ text: String) -> SocketAddress {
        (try? SocketAddress(ipAddress: text, port: 1)) ?? { preconditionFailure("not an address: \(text)") }()
    }

    private static func texts(_ order: inout AddressOrder) -> [String] {
        order.sort(Self.all).compactMap(\.ipAddress)
    }

    @Test func theFamiliesTakeTurns() {
        var order = AddressOrder()
        #expect(Self.texts(&order) == ["fd00::1", "10.0.0.1", "fd00::2", "10.0.0.2", "10.0.0.3"])
    }

    @Test func theAddressThatFailedLastIsTheLast() {
        var order = AddressOrder()
        order.fails(Self.address("fd00::1"))
        order.fails(Self.address("10.0.0.1"))
        #expect(Self.texts(&order) == ["fd00::2", "10.0.0.2", "10.0.0.3", "fd00::1", "10.0.0.1"])
        order.fails(Self.address("fd00::1"))
        #expect(Self.texts(&order) == ["fd00::2", "10.0.0.2", "10.0.0.3", "10.0.0.1", "fd00::1"])
    }

    @Test func whenAllFailEachHasItsTurn() {
        var (order, dialled): (AddressOrder, [String]) = (AddressOrder(), [])
        for _ in 0..<10 {
            let first = order.sort(Self.all)[0]
            dialled.append(first.ipAddress ?? "")
            order.fails(first)
        }
        #expect(Array(dialled[..<5]) == Array(dialled[5...]))
        #expect(Set(dialled).count == 5)
    }

    @Test func anAddressThatWorksIsLikeTheOthersAgain() {
        var order = AddressOrder()
        order.fails(Self.address("fd00::1"))
        order.works(Self.address("fd00::1"))
        #expect(Self.texts(&order).first == "fd00::1")
    }

    @Test func anAddressThatTheNameNoLongerHasIsForgotten() {
        var order = AddressOrder()
        order.fails(Self.address("10.9.9.9"))
        order.fails(Self.address("10.0.0.1"))
        _ = order.sort(Self.all)
        #expect(order.failed == [Self.address("10.0.0.1")])
    }
}
