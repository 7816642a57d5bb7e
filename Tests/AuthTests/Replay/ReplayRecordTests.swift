import Testing

@testable import Auth

@Suite struct ReplayRecordTests {
    private static let boot = BootID(bytes: Nonce.random().raw)
    static let records: [ReplayRecord] = [
        .header(generation: 7, floor: 1_767_225_600, boot: boot), .header(generation: .max, floor: .min, boot: boot),
        .floor(key: .max, timestamp: -1), .ceiling(key: 0, timestamp: .max),
        .claim(ReplayClaim(key: 1, timestamp: 1_767_225_600, nonce: .random())),
    ]

    static func bytes(_ records: [ReplayRecord]) -> [UInt8] {
        var bytes: [UInt8] = []
        for record in records { record.append(to: &bytes) }
        return bytes
    }

    @Test(arguments: records)
    func isReadAsItWasWritten(record: ReplayRecord) {
        let bytes = Self.bytes([record])
        #expect(bytes.count == ReplayRecord.byteCount)
        #expect(ReplayRecord(bytes.span) == record)
    }

    @Test func aChangedBitShows() {
        let bytes = Self.bytes([Self.records[4]])
        for index in 0..<bytes.count * 8 {
            var changed = bytes
            changed[index / 8] ^= 1 << UInt8(index % 8)
            #expect(ReplayRecord(changed.span) == nil)
        }
    }

    @Test func everyOtherLengthIsRefused() {
        let bytes = Self.bytes(Self.records)
        for length in [0, 1, 47, 49, 96] { #expect(ReplayRecord(bytes.span.extracting(first: length)) == nil) }
    }
}
