import Glibc
import Support
import Testing

@testable import Base

@Suite(.timeLimit(.minutes(2))) struct FileIOTests {
    /// A pipe takes 64 KiB at a time, so the loop goes round many times at both ends.
    @Test func whatDoesNotFitAtOnceIsWrittenAndReadWhole() async throws {
        var ends: [CInt] = [0, 0]
        try #require(pipe(&ends) == 0)
        let (reading, writing) = (ends[0], ends[1])
        let bytes = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        async let written = try onThread {
            defer { close(writing) }
            return FileIO.write(bytes, to: writing)
        }
        let (read, progress) = try await onThread {
            var progress: FileIO.Progress?
            let read = [UInt8](unsafeUninitializedCapacity: bytes.count + 1) { room, count in
                let done = FileIO.read(into: UnsafeMutableRawBufferPointer(room), from: reading)
                (progress, count) = (done, done.bytes)
            }
            return (read, progress)
        }
        close(reading)
        #expect(try await written == FileIO.Progress(bytes: bytes.count, fault: nil))
        #expect(progress == FileIO.Progress(bytes: bytes.count, fault: nil))
        #expect(read == bytes)
    }

    @Test func aDescriptorThatTakesNothingIsReported() {
        #expect(FileIO.write([1], to: -1) == FileIO.Progress(bytes: 0, fault: SystemFault(EBADF)))
        #expect(FileIO.write([], to: -1) == FileIO.Progress(bytes: 0, fault: nil))
    }
}
