import Testing

@testable import ContainerWatch

/// Documents with random faults: what is still JSON is audited, twice the same way, and nothing traps.
@Suite struct ContainerCheckMutationTests {
    /// SplitMix64, so that a failure can be repeated.
    private struct Dice: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            self.state &+= 0x9E37_79B9_7F4A_7C15
            var z = self.state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    private static let pieces = [
        "null", "[]", "{}", "\"\"", "-1", "1e999", "true", ",", ":", "\"", "\\u0000", "\\ud800", "/", "..", "{\"", "]",
        "\u{301}", "2375/tcp", "CAP_", "container:",
    ].map { Array($0.utf8) }

    private static func mutated(_ text: String, _ dice: inout Dice) -> [UInt8] {
        var bytes = Array(text.utf8)
        for _ in 0..<Int.random(in: 1...4, using: &dice) {
            let start = Int.random(in: 0...bytes.count, using: &dice)
            let end = Swift.min(bytes.count, start + Int.random(in: 0...6, using: &dice))
            bytes.replaceSubrange(start..<end, with: Self.pieces.randomElement(using: &dice) ?? [])
        }
        return bytes
    }

    private static func findings(_ bytes: [UInt8], _ check: ContainerCheck) -> [Finding]? {
        var input = InspectInput(bytes)
        var findings: [Finding] = []
        do throws(InputFault) {
            while let document = try input.next() { findings += check.findings(in: document) }
        } catch {
            return nil
        }
        return Report(containersInspected: 1, findings: findings).findings
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func nothingTrapsAndTheOrderStays(seed: UInt64) {
        var dice = Dice(state: seed)
        var selection = RuleSelection()
        selection.profile = .full
        let check = ContainerCheck(selection)
        var audited = 0
        for example in SeedExample.all {
            for _ in 0..<20 {
                let bytes = Self.mutated(example.fragment, &dice)
                guard let findings = Self.findings(bytes, check) else { continue }
                audited += 1
                #expect(findings == Self.findings(bytes, check), "\(String(decoding: bytes, as: UTF8.self))")
                #expect(findings == findings.reversed().inOrder(), "\(String(decoding: bytes, as: UTF8.self))")
            }
        }
        #expect(audited > 50)
    }
}
