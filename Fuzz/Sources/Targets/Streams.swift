import NIOCore

@testable import DockerBridge

extension Targets {
    /// Docker's multiplexed streams, cut anywhere.
    static func stdcopy(_ bytes: UnsafeRawBufferPointer) {
        _ = self.inPieces(bytes) { pieces in self.stdcopy(pieces) }
    }

    private static func stdcopy(_ pieces: [ArraySlice<UInt8>]) -> [[UInt8]] {
        var decoder = StdcopyDecoder()
        var streams: [[UInt8]] = [[], [], []]
        for piece in pieces {
            do throws(StdcopyDecoder.Malformed) {
                try decoder.decode(ByteBuffer(bytes: piece)) { streams[Int($1.rawValue)] += $0.readableBytesView }
            } catch {
                return streams
            }
        }
        return streams
    }
}
