import Testing

@testable import Base

@Suite struct RandomBytesTests {
    /// 64 words are one call of the kernel.
    @Test(arguments: [0, 1, 63, 64, 65, 1000])
    func everyWordIsFilled(_ count: Int) {
        let words = RandomBytes.words(count)
        #expect(words.count == count)
        // A thousand random words hold a zero or a pair of equal ones once in some thousand runs; never four.
        #expect(words.count { $0 == 0 } < 4)
        #expect(Set(words).count >= count - 4)
    }
}
