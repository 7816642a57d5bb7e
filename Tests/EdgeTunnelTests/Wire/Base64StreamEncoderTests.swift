import Support
import Testing

@testable import EdgeTunnel

@Suite struct Base64StreamEncoderTests {
    @Test(arguments: 0..<130)
    func everyCutOfABodyGivesTheSameText(cut: Int) {
        let body = Array(0..<130 as Range<UInt8>)
        #expect(streamed([Array(body[..<cut]), Array(body[cut...])]) == reference(body))
    }

    @Test(arguments: 0..<8)
    func singleBytesGiveTheSameText(count: Int) {
        let body = Array("streams!".utf8.prefix(count))
        #expect(streamed(body.map { [$0] }) == reference(body))
    }

    @Test(arguments: [11, 12, 13] as [UInt64])
    func piecesOfAnySizeGiveTheSameText(seed: UInt64) {
        var random = SplitMix(seed: seed)
        for _ in 0..<50 {
            let pieces = (0..<6).map { _ in random.bytes(Int.random(in: 0...70, using: &random)) }
            #expect(streamed(pieces) == reference(Array(pieces.joined())), "seed \(seed), \(pieces.map(\.count))")
        }
    }

    @Test func finishMakesItReadyForTheNextBody() {
        var encoder = Base64StreamEncoder()
        for _ in 0..<2 {
            #expect(text(of: "fooba", with: &encoder) == "Zm9vYmE=")
        }
    }

    private func text(of plain: String, with encoder: inout Base64StreamEncoder) -> String {
        let text = output(capacity: 8) { destination in
            let written = Array(plain.utf8).withUnsafeBytes { encoder.append($0, into: destination) }
            return written + encoder.finish(into: destination + written)
        }
        return String(decoding: text, as: UTF8.self)
    }

    private func streamed(_ pieces: [[UInt8]]) -> String {
        var encoder = Base64StreamEncoder()
        var text: [UInt8] = []
        for piece in pieces {
            let length = encoder.encodedLength(appending: piece.count)
            let part = output(capacity: length) { destination in
                piece.withUnsafeBytes { encoder.append($0, into: destination) }
            }
            #expect(part.count == length)
            text += part
        }
        text += output(capacity: 4) { encoder.finish(into: $0) }
        return String(decoding: text, as: UTF8.self)
    }
}
