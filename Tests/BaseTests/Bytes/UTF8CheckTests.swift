import Support
import Testing

@testable import Base

@Suite struct UTF8CheckTests {
    /// First and last of each row of the Unicode table, and their neighbours outside it.
    static let sequences: [([UInt8], UTF8Check.Sequence)] = [
        ([0xC2, 0x80], .valid(2)), ([0xDF, 0xBF], .valid(2)), ([0xC1, 0xBF], .broken(1)), ([0xC0, 0x80], .broken(1)),
        ([0xE0, 0xA0, 0x80], .valid(3)), ([0xE0, 0x9F, 0xBF], .broken(1)), ([0xE1, 0x80, 0x80], .valid(3)),
        ([0xED, 0x9F, 0xBF], .valid(3)), ([0xED, 0xA0, 0x80], .broken(1)), ([0xEE, 0x80, 0x80], .valid(3)),
        ([0xEF, 0xBF, 0xBF], .valid(3)), ([0xF0, 0x90, 0x80, 0x80], .valid(4)), ([0xF0, 0x8F, 0xBF, 0xBF], .broken(1)),
        ([0xF3, 0xBF, 0xBF, 0xBF], .valid(4)), ([0xF4, 0x8F, 0xBF, 0xBF], .valid(4)),
        ([0xF4, 0x90, 0x80, 0x80], .broken(1)), ([0xF5, 0x80, 0x80, 0x80], .broken(1)), ([0xFF], .broken(1)),
        ([0x80], .broken(1)), ([0xBF, 0x80], .broken(1)), ([0xC3, 0x28], .broken(1)), ([0xE2, 0x82, 0x28], .broken(2)),
        ([0xF0, 0x9F, 0x92, 0x28], .broken(3)), ([0xE2, 0xC3, 0xA9], .broken(1)), ([0xC3], .cut(1)),
        ([0xE2, 0x82], .cut(2)), ([0xF0, 0x9F, 0x92], .cut(3)), ([0xF0, 0x9F], .cut(2)), ([0xED, 0xA0], .broken(1)),
        ([0xF4], .cut(1)),
    ]

    @Test(arguments: sequences)
    func everyRowOfTheTableIsKnown(bytes: [UInt8], sequence: UTF8Check.Sequence) {
        #expect(bytes.withUnsafeBytes { UTF8Check.sequence(in: $0, at: 0) } == sequence)
    }

    @Test(arguments: sequences)
    func aTextIsValidIfItsSequencesAreWhereverTheyStand(bytes: [UInt8], sequence: UTF8Check.Sequence) {
        let isValid = sequence == .valid(bytes.count)
        for place in [0, 1, 7, 8, 31, 32, 33, 63, 64] {
            let text = [UInt8](repeating: 0x61, count: place) + bytes
            #expect(self.isValid(text) == isValid, "at \(place)")
            #expect(self.isValid(text + [UInt8](repeating: 0x61, count: 40)) == isValid, "at \(place), more behind")
        }
    }

    @Test(arguments: [31, 32, 33, 34] as [UInt64])
    func agreesWithTheStandardLibrary(seed: UInt64) {
        var random = SplitMix(seed: seed)
        for _ in 0..<400 {
            let bytes = random.nearlyText(Int.random(in: 0...80, using: &random))
            #expect(self.isValid(bytes) == (String(validating: bytes, as: UTF8.self) != nil), "seed \(seed): \(bytes)")
        }
    }

    @Test(
        arguments: [
            ([], 0), ([0x61], 0), ([0x61, 0xC3], 1), ([0xE2, 0x82], 2), ([0x61, 0xF0, 0x9F, 0x92], 3),
            ([0xC3, 0xA9], 0),
            ([0xF0, 0x9F, 0x92, 0xA9], 0), ([0xE2, 0x82, 0x61], 0), ([0xFF], 0), ([0xC0], 0), ([0x80, 0x80, 0x80], 0),
            ([0xED, 0xA0], 0), ([0xE2, 0xC3], 1), ([0xC3, 0xA9, 0x80], 0),
        ] as [([UInt8], Int)]
    )
    func onlyABeginningThatCanBeCompletedIsHeldBack(bytes: [UInt8], held: Int) {
        #expect(bytes.withUnsafeBytes { UTF8Check.incompleteTail($0) } == held)
    }

    private func isValid(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { UTF8Check.isValid($0) }
    }
}
