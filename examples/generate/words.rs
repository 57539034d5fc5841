//! What made-up products are called: written for this purpose, after the manner of the programme's lists.
//!
//! The lists are wide on purpose. With a small vocabulary every syllable is in every tenth product, posting lists get far
//! denser than in reality and a search looks slower than it is.

/// What a criteria set of 2026 holds.
pub struct Kind {
    pub set: i64,
    /// How many of a thousand products.
    pub share: u32,
    /// UN/ECE Recommendation 20: what the price is for.
    pub price_unit: &'static str,
    /// Is it sold in certain months?
    pub seasonal: bool,
    /// First words of a name, commonest first.
    pub heads: &'static str,
    /// What such a name goes on with.
    pub more: &'static [&'static str],
    pub packs: &'static str,
}

const FLAVOURS: &str = "truyền thống, gấc, lá dứa, khoai môn, đậu xanh, vừng đen, lá cẩm, nghệ, gừng, ớt, tỏi, sả, lá chanh, mắc mật, \
    hạt dổi, mắc khén, rong biển, phô mai, sô cô la, sữa dừa, cốt dừa, mè rang, đậu phộng, hạnh nhân, óc chó, chà bông, trứng muối, \
    mật ong, mạch nha, thốt nốt, bắp non, chùm ngây, diếp cá, rau má, củ dền, bí đỏ, cà rốt, hoa đậu biếc, thanh long, chanh leo";
const GRADES: &str = "hữu cơ, đặc sản, thượng hạng, loại một, nguyên chất, cao cấp, thủ công, gia truyền, cổ truyền, nguyên vị, vị cay, \
    ít đường, không đường, không chất bảo quản, nhà làm, chọn lọc, xuất khẩu, thuần chủng, bản địa, rừng, đồi, vườn, sinh thái, sạch, \
    an toàn, đóng hộp, hút chân không, tách muối, dịu nhẹ, đậm vị, thanh mát, bồi bổ, quà biếu, hộp quà Tết, túi lọc, hòa tan, nguyên hạt, \
    rang mộc, rang củi, rang xay, lên men, ủ chum, hạ thổ, phơi sương, một nắng, hai nắng, sấy lạnh, sấy dẻo, sấy giòn, sấy thăng hoa";
const FRESH: &str = "sớm, muộn, ruột đỏ, ruột vàng, ruột trắng, ruột tím, không hạt, vỏ mỏng, vỏ xanh, da láng, lùn, cao sản, núp lá, thủy canh, \
    nhà màng, trái vụ, chín cây, cát, xiêm, mỡ, nếp, tẻ, tiêu, hồng, tím, vàng, bạch, hương";
const CRAFT: &str = "đan tay, chạm lộng, khảm trai, khảm trứng, dát vàng, men rạn, men lam, men ngọc, hun khói, thêu tay, dệt thoi, nhuộm chàm, nhuộm củ nâu, \
    sơn mài, vẽ tay, phong thủy, mỹ nghệ, trang trí, để bàn, treo tường, du lịch, lưu niệm, ba tầng, hoa văn chim lạc, hoa sen, tứ quý, trúc mai, song ngư";
const MEDICAL: &str = "thảo dược, dưỡng ẩm, trị mụn, mát gan, an thần, bổ khớp, giải độc, thông huyết, dưỡng nhan, bổ phế, tiêu độc, hoạt huyết, chín vị, bảy vị, \
    cô đặc, dạng viên, dạng bột, dạng nước, thái lát, tẩm mật";
const GARDEN: &str = "bonsai, mini, dáng trực, dáng huyền, thế thác đổ, đột biến, chậu treo, cổ thụ, lá xẻ, hoa kép, năm cánh, mắt đỏ, đuôi quạt";
const TOUR: &str = "trải nghiệm, cộng đồng, sinh thái, miệt vườn, lòng hồ, bản làng, làng nghề, homestay, cuối tuần, mùa nước nổi, ruộng bậc thang, hang động, ven biển";

pub const KINDS: &[Kind] = &[
    Kind {
        set: 1,
        share: 120,
        price_unit: "KGM",
        seasonal: true,
        heads: "Cam, Bưởi, Xoài, Vải thiều, Nhãn lồng, Thanh long, Sầu riêng, Chuối, Dưa lưới, Chôm chôm, Măng cụt, Mít, Na, Ổi, Chanh leo, Chanh không hạt, \
            Quýt, Bơ, Mận hậu, Đào, Lê, Hồng giòn, Hồng treo gió, Mãng cầu, Sơ ri, Vú sữa, Dứa, Dưa hấu, Dâu tây, Nho xanh, Táo, Bòn bon, Dâu da, Hồng xiêm, \
            Khế, Cóc, Roi, Me ngọt, Cà chua bi, Dưa chuột, Bí xanh, Bí thơm, Bí đỏ hồ lô, Mướp đắng, Su su, Bắp cải, Cải bó xôi, Cải kale, Xà lách, Rau muống, \
            Rau má, Rau ngót, Rau bò khai, Rau sắng, Măng tây, Măng tươi, Nấm rơm, Nấm sò, Nấm đùi gà, Khoai lang, Khoai sọ, Khoai môn, Khoai tây, Củ đậu, Củ cải, \
            Cà rốt, Su hào, Hành tím, Tỏi, Gừng, Nghệ, Riềng, Sắn dây, Ngô ngọt, Ngô nếp, Lạc, Đậu bắp, Hạt sen tươi, Ấu, Sen, Ngó sen, Bắp chuối, Rong nho, Sâm đất",
        more: &[FRESH, GRADES],
        packs: "thùng 5kg, thùng 10kg, hộp 1kg, túi 500g, khay 300g, kg",
    },
    Kind {
        set: 2,
        share: 45,
        price_unit: "KGM",
        seasonal: false,
        heads: "Gà đồi, Gà ri, Gà ác, Gà chín cựa, Gà Đông Tảo, Vịt cỏ, Vịt bầu, Ngan, Ngỗng, Lợn đen, Lợn mán, Lợn cắp nách, Bò vàng, Trâu, Dê núi, Thỏ, Nhím, Đà điểu, \
            Trứng gà, Trứng vịt, Trứng cút, Trứng gà ác, Sữa tươi, Sữa dê, Sữa chua, Tôm sú, Tôm càng xanh, Tôm hùm, Cua, Cua gạch, Ghẹ, Hàu, Ngao, Sò huyết, Ốc hương, Ốc bươu, \
            Cá tầm, Cá hồi, Cá lăng, Cá chình, Cá lóc, Cá trắm đen, Cá chép giòn, Cá bống, Cá thát lát, Cá linh, Lươn, Ếch, Ba ba, Mực ống, Bạch tuộc, Sứa, Tu hài, Bào ngư, Rươi, Cáy, Cà cuống",
        more: &[FRESH, GRADES],
        packs: "kg, khay 500g, hộp 10 quả, vỉ 30 quả, túi 1kg",
    },
    Kind {
        set: 3,
        share: 65,
        price_unit: "KGM",
        seasonal: false,
        heads: "Gạo, Gạo nếp, Gạo lứt, Gạo tám, Gạo séng cù, Gạo huyết rồng, Gạo tím than, Gạo nương, Nếp cái hoa vàng, Nếp cẩm, Nếp tan, Nếp nhung, Ngô hạt, Kê, Ý dĩ, Hạt diêm mạch, \
            Đậu xanh, Đậu đen, Đậu đỏ, Đậu nành, Đậu nho nhe, Đậu trắng, Lạc nhân, Vừng đen, Vừng vàng, Hạt sen khô, Hạt điều, Hạt mắc ca, Hạt bí, Hạt é, Hạt kơ nia, Bột sắn dây, Bột ngũ cốc, Bột gạo, \
            Bột nếp, Bột đậu, Bột nghệ, Bột chuối, Bột sen, Tinh bột nghệ, Tinh bột khoai, Cám gạo",
        more: &[GRADES, FRESH],
        packs: "túi 1kg, túi 2kg, túi 5kg, bao 10kg, hộp 500g, 800g",
    },
    Kind {
        set: 4,
        share: 50,
        price_unit: "LTR",
        seasonal: false,
        heads: "Mật ong, Mật ong rừng, Mật ong bạc hà, Mật ong hoa nhãn, Mật ong hoa cà phê, Mật ong hoa tràm, Mật ong sú vẹt, Mật ong ruồi, Mật ong dú, Mật hoa dừa, Mật mía, Mật thốt nốt, Sữa ong chúa, \
            Phấn hoa, Sáp ong, Keo ong, Mộc nhĩ, Nấm hương, Nấm linh chi, Nấm tràm, Nấm mối, Nấm khô, Tổ yến, Yến thô, Yến tinh chế, Rong sụn, Rau câu, Măng khô, Miến dong, Đông trùng hạ thảo khô",
        more: &[GRADES],
        packs: "chai 500ml, chai 1 lít, hũ 250g, hũ 350ml, hộp 100g, 200g",
    },
    Kind {
        set: 5,
        share: 25,
        price_unit: "KGM",
        seasonal: false,
        heads: "Bánh tráng trộn, Cơm cháy, Cơm cháy chà bông, Khoai chiên, Khô gà, Khô bò, Khô heo, Bim bim, Snack, Da cá chiên, Rong biển cháy tỏi, Thanh ngũ cốc, Hạt dinh dưỡng, Bỏng gạo, Bỏng ngô, \
            Cháo ăn liền, Cháo sen, Mì ăn liền, Phở ăn liền, Bún ăn liền, Lẩu ăn liền, Súp cua, Nước lèo, Xôi sấy, Chân gà rút xương, Gân bò, Nem nướng",
        more: &[FLAVOURS, GRADES],
        packs: "túi 100g, túi 200g, gói 70g, hộp 12 gói, hũ 150g",
    },
    Kind {
        set: 6,
        share: 125,
        price_unit: "KGM",
        seasonal: false,
        heads: "Bánh cáy, Bánh đa, Bánh đa nem, Bánh đa cua, Bánh tráng, Bánh tráng phơi sương, Bánh phồng tôm, Bánh pía, Bánh in, Bánh in nhân đậu, Bánh chưng, Bánh tét, Bánh giầy, Bánh gai, Bánh ít, Bánh cốm, \
            Bánh phu thê, Bánh đậu xanh, Bánh khảo, Bánh nướng, Bánh dẻo, Bánh trung thu, Bánh cu đơ, Bánh gio, Bánh tẻ, Bánh cuốn, Bánh hỏi, Bánh canh, Bánh phở khô, Bánh quy, Bánh bông lan, Bánh kẹp, Bánh gấu, Bánh lá, \
            Bánh xèo, Bánh khọt, Bánh đúc, Bánh bò, Bánh da lợn, Bánh chuối, Bánh ống, Bánh lọt, Bánh gạo, Bánh hạnh nhân, Bánh ngói, Bánh trứng nhện, Bún khô, Bún tươi, Bún gạo lứt, Bún ngũ sắc, Mì chũ, Mì quảng, Mì gạo, Miến, \
            Miến dong, Phở khô, Hủ tiếu, Cao lầu, Nui, Cốm, Cốm dẹp, Chả cốm, Kẹo lạc, Kẹo dồi, Kẹo sìu châu, Kẹo dừa, Kẹo mè xửng, Kẹo cu đơ, Kẹo gương, Kẹo mạch nha, Chè lam, Oản, Xôi, Rượu nếp cái, Cơm lam, Cơm rượu",
        more: &[FLAVOURS, GRADES, FLAVOURS],
        packs: "hộp 200g, hộp 300g, gói 400g, gói 500g, túi 1kg, hộp 12 chiếc, hộp 20 cái",
    },
    Kind {
        set: 7,
        share: 95,
        price_unit: "KGM",
        seasonal: false,
        heads: "Chuối sấy, Mít sấy, Xoài sấy, Khoai lang sấy, Thanh long sấy, Dứa sấy, Đu đủ sấy, Hồng sấy, Táo mèo sấy, Vải sấy, Long nhãn, Mận sấy, Me sấy, Sầu riêng sấy, Nhãn sấy, Hạt sen sấy, Rau củ sấy, Mứt gừng, Mứt dừa, \
            Mứt tắc, Mứt dâu, Mứt sen, Mứt hồng, Mứt bí, Mứt khoai, Ô mai, Ô mai mơ, Ô mai sấu, Xí muội, Xoài dẻo, Chuối ngào, Chuối ép, Dưa món, Dưa kiệu, Dưa cải, Củ kiệu ngâm, Cà pháo, Măng ớt, Măng ngâm, Tỏi đen, Tỏi ngâm, Ớt ngâm, \
            Sấu ngâm, Tương cà, Đậu phụ, Đậu phụ nhự, Đậu hũ, Tàu hũ ky, Chao, Sữa đậu, Sữa hạt, Bơ lạc, Dầu lạc, Dầu vừng, Dầu dừa, Dầu gấc, Dầu sachi, Dầu mè, Bột rau má, Bột trà xanh, Bột cần tây, Bột gấc, Hạt điều rang, Mắc ca sấy, \
            Lạc rang, Lạc bọc đường, Đậu phộng rang tỏi, Nấm sấy, Chả nấm, Ruốc nấm, Giá đỗ, Kim chi, Thạch dừa, Thạch găng, Thạch đen, Siro dâu tằm",
        more: &[GRADES, FLAVOURS],
        packs: "túi 100g, túi 250g, hũ 200g, hũ 500g, hộp 300g, chai 250ml, gói 500g",
    },
    Kind {
        set: 8,
        share: 130,
        price_unit: "KGM",
        seasonal: false,
        heads: "Giò lụa, Giò bò, Giò xào, Giò thủ, Giò me, Chả quế, Chả mực, Chả cá, Chả tôm, Chả rươi, Chả gà, Chả ram, Chả lụi, Nem chua, Nem chạo, Nem thính, Nem bùi, Tré, Lạp xưởng, Lạp xường tươi, Xúc xích, Thịt trâu gác bếp, Thịt lợn gác bếp, \
            Thịt bò khô, Thịt lợn chua, Thịt chua, Thịt muối, Gà ủ muối, Gà hun khói, Vịt quay, Vịt kho, Ba khía muối, Heo quay, Bò một nắng, Nai khô, Ruốc thịt, Ruốc gà, Ruốc cá, Ruốc tôm, Chà bông, Pate, Khô cá lóc, Khô cá sặc, Khô cá dứa, Khô cá chạch, Khô cá kèo, Khô mực, \
            Khô trâu, Khô cá khoai, Khô rắn, Cá cơm sấy, Cá thu một nắng, Cá đù một nắng, Cá kho, Cá kho làng, Cá bống kho, Cá rô kho, Cá chỉ vàng, Cá trích hộp, Cá thính, Cá mòi, Mực một nắng, Mực rim, Mực khô, Tôm khô, Tôm chua, Tôm nõn, Tép rang, Moi khô, \
            Hải sâm, Sứa ăn liền, Yến chưng, Yến sào, Nước yến, Trứng muối, Trứng vịt bắc thảo, Phô mai dê, Bơ sữa, Váng sữa, Bánh sữa, Cao ngựa, Mật ong nghệ, Mật ong tỏi đen, Mật ong gừng, Chả chay, Giò chay, Ruốc chay",
        more: &[GRADES, FLAVOURS],
        packs: "túi 200g, túi 500g, hũ 250g, hộp 500g, gói 300g, kg, hũ 70ml",
    },
    Kind {
        set: 9,
        share: 70,
        price_unit: "LTR",
        seasonal: false,
        heads: "Nước mắm, Nước mắm cốt, Nước mắm nhĩ, Nước mắm cá cơm, Nước mắm cá cáy, Nước mắm rươi, Nước mắm cá linh, Nước mắm chay, Mắm tôm, Mắm tép, Mắm cáy, Mắm ruốc, Mắm nêm, Mắm rươi, Mắm cà xỉu, Mắm ruột, Mắm cá lóc, Mắm cá sặc, Mắm thái, Mắm còng, \
            Mắm bò hóc, Tương, Tương nếp, Tương bần, Tương ớt, Tương đậu, Nước tương, Xì dầu, Dấm gạo, Dấm chuối, Dấm táo mèo, Dấm mật, Sốt me, Sốt mắc khén, Nước màu dừa, Nước cốt dừa, Nước chấm, Dầu điều",
        more: &[GRADES, FLAVOURS],
        packs: "chai 500ml, chai 750ml, chai 1 lít, can 5 lít, hũ 200g, hũ 400g, chai 60ml, 40 độ đạm, 35 độ đạm",
    },
    Kind {
        set: 10,
        share: 35,
        price_unit: "KGM",
        seasonal: false,
        heads: "Muối tôm, Muối ớt, Muối vừng, Muối biển, Muối hầm, Muối chẩm chéo, Chẩm chéo, Chẳm chéo khô, Hạt tiêu, Tiêu đen, Tiêu sọ, Tiêu đỏ, Hạt dổi, Hạt mắc khén, Bột ớt, Bột quế, Bột sả, Bột nghệ vàng, Bột tỏi, Bột hành, Ớt bột, Ớt sa tế, Sa tế tôm, \
            Hành phi, Tỏi phi, Sả phi, Gia vị phở, Gia vị lẩu, Gia vị kho, Quế thanh, Hoa hồi, Thảo quả, Đường thốt nốt, Đường phèn, Đường mía, Đường phên, Men rượu, Thính gạo, Lá giang khô",
        more: &[GRADES, FLAVOURS],
        packs: "hũ 100g, hũ 150g, túi 50g, túi 200g, gói 30g, hộp 250g",
    },
    Kind {
        set: 11,
        share: 45,
        price_unit: "KGM",
        seasonal: false,
        heads: "Trà xanh, Chè xanh, Trà đinh, Trà nõn tôm, Trà móc câu, Trà búp, Trà ô long, Hồng trà, Bạch trà, Trà shan tuyết, Chè shan tuyết, Chè tuyết cổ thụ, Phổ nhĩ, Trà ướp sen, Trà ướp nhài, Trà sói, Trà ngâu, Chè dây, Chè mạn, Chè kim tuyên, Chè bát tiên, Matcha",
        more: &[GRADES],
        packs: "hộp 100g, hộp 200g, túi 500g, hộp 20 túi lọc, gói 250g, hộp thiếc 150g",
    },
    Kind {
        set: 12,
        share: 50,
        price_unit: "KGM",
        seasonal: false,
        heads: "Trà thảo mộc, Trà atiso, Trà gừng, Trà sen, Trà tâm sen, Trà lá sen, Trà hoa cúc, Trà hoa vàng, Trà hoa hồng, Trà đậu biếc, Trà gạo lứt, Trà khổ qua, Trà mãng cầu, Trà linh chi, Trà giảo cổ lam, Trà cà gai leo, Trà dây thìa canh, Trà vối, Trà nụ vối, Trà chùm ngây, Trà diếp cá, \
            Trà túi lọc, Trà hibiscus, Trà ổi, Trà dâu tằm, Trà tía tô, Trà sâm, Trà nhân trần, Trà xạ đen, Trà bụp giấm, Trà bí đao, Trà quế, Trà râu ngô, Trà lạc tiên, Trà cỏ ngọt, Trà kim ngân",
        more: &[MEDICAL, GRADES],
        packs: "hộp 20 túi lọc, hộp 30 túi, hộp 100g, túi 200g, hũ 50g",
    },
    Kind {
        set: 13,
        share: 45,
        price_unit: "KGM",
        seasonal: false,
        heads: "Cà phê, Cà phê bột, Cà phê hạt, Cà phê hòa tan, Cà phê arabica, Cà phê robusta, Cà phê chồn, Cà phê phin giấy, Cà phê chè, Cà phê honey, Cà phê muối, Cà phê dừa, Cà phê sữa, Cà phê mít, Ca cao, Bột ca cao, Sô cô la, Sô cô la đen, Ca cao ngòi",
        more: &[GRADES],
        packs: "gói 250g, gói 500g, túi 1kg, hộp 10 gói, hộp 200g, hũ 100g",
    },
    Kind {
        set: 14,
        share: 20,
        price_unit: "LTR",
        seasonal: false,
        heads: "Rượu gạo, Rượu nếp, Rượu trắng, Rượu ngô, Rượu mầm thóc, Rượu men lá, Rượu kim sơn, Rượu sắn, Rượu đế, Rượu nếp cái hoa vàng, Rượu thóc, Rượu bàu đá",
        more: &[GRADES],
        packs: "chai 500ml, chai 750ml, chai 1 lít, bình 2 lít, 40 độ, 35 độ, 29 độ",
    },
    Kind {
        set: 15,
        share: 20,
        price_unit: "LTR",
        seasonal: false,
        heads: "Rượu vang, Rượu mơ, Rượu sim, Rượu mận, Rượu táo mèo, Rượu dâu, Rượu chuối hột, Rượu đinh lăng, Rượu nếp cẩm, Rượu cần, Rượu ba kích, Rượu sâm, Rượu dừa, Rượu thốt nốt, Rượu trái nhàu, Bia thủ công, Vang thanh long, Vang nho",
        more: &[GRADES],
        packs: "chai 500ml, chai 700ml, chai 750ml, bình 3 lít, 16 độ, 29 độ",
    },
    Kind {
        set: 16,
        share: 5,
        price_unit: "LTR",
        seasonal: false,
        heads: "Nước khoáng, Nước uống đóng chai, Nước tinh khiết, Nước suối, Nước khoáng có ga",
        more: &[GRADES],
        packs: "chai 350ml, chai 500ml, bình 19 lít, thùng 24 chai",
    },
    Kind {
        set: 17,
        share: 25,
        price_unit: "LTR",
        seasonal: false,
        heads: "Nước ép, Nước ép dứa, Nước ép chanh leo, Nước dừa, Nước mía, Nước cốt chanh, Nước cốt dâu, Nước gạo lứt, Nước sâm, Nước nha đam, Nước mơ, Nước cốt tắc, Siro gừng, Siro sim, Kombucha, Sữa ngô, Sữa gạo, Sữa sen, Giấm uống, Nước rau má",
        more: &[FLAVOURS, GRADES],
        packs: "chai 250ml, chai 330ml, chai 500ml, lon 240ml, thùng 24 lon, chai 1 lít",
    },
    Kind {
        set: 18,
        share: 40,
        price_unit: "H87",
        seasonal: false,
        heads: "Cao cà gai leo, Cao xạ đen, Cao ích mẫu, Cao atiso, Cao gắm, Cao dây thìa canh, Viên nghệ mật ong, Viên tỏi đen, Viên sen, Viên hà thủ ô, Tinh chất nghệ, Nano nghệ, Hà thủ ô chế, Ba kích khô, Sâm bố chính, Sâm cau, Sâm dây, Sâm Ngọc, Đương quy, Đảng sâm, \
            Đông trùng hạ thảo, Linh chi, Nấm vân chi, Siro ho, Viên ngậm ho, Cốt gừng, Tam thất, Bột tam thất, Hoàng tinh, Giảo cổ lam, Tảo xoắn, Collagen sụn, Bổ gan",
        more: &[MEDICAL],
        packs: "hộp 30 viên, hộp 60 viên, hũ 100g, hũ 200g, lọ 50ml, hộp 10 ống",
    },
    Kind {
        set: 19,
        share: 20,
        price_unit: "H87",
        seasonal: false,
        heads: "Dầu gội, Dầu gội bồ kết, Xà phòng, Xà bông dừa, Xà bông cám gạo, Son dưỡng, Son gấc, Kem nghệ, Mặt nạ bột, Nước hoa hồng, Muối tắm, Muối ngâm chân, Sữa tắm, Tinh chất bưởi, Xịt tóc, Bột tắm, Sáp thơm, Nước súc miệng, Dầu xả, Serum",
        more: &[MEDICAL, FLAVOURS],
        packs: "chai 250ml, chai 300ml, hộp 100g, bánh 90g, lọ 30ml, túi 500g",
    },
    Kind {
        set: 20,
        share: 25,
        price_unit: "LTR",
        seasonal: false,
        heads: "Tinh dầu tràm, Tinh dầu sả, Tinh dầu quế, Tinh dầu hồi, Tinh dầu bạc hà, Tinh dầu bưởi, Tinh dầu gừng, Tinh dầu khuynh diệp, Tinh dầu hương nhu, Tinh dầu pơ mu, Dầu gió, Dầu xoa bóp, Nhang thơm, Trầm hương, Nụ trầm, Hương thảo mộc, Lá xông, Thuốc ngâm chân, Hoa hòe, Kim ngân hoa",
        more: &[MEDICAL],
        packs: "lọ 10ml, lọ 30ml, chai 50ml, chai 100ml, hộp 40 nụ, bó 500g",
    },
    Kind {
        set: 21,
        share: 60,
        price_unit: "H87",
        seasonal: false,
        heads: "Giỏ mây, Rổ tre, Khay sơn mài, Tranh sơn mài, Tranh đá quý, Tranh thêu, Tranh gạo, Tranh Đông Hồ, Tranh dừa, Bình gốm, Lọ hoa gốm, Ấm trà gốm, Bộ ấm chén, Chum sành, Đèn lồng, Đèn mây, Đèn tre, Nón lá, Nón bài thơ, Chiếu cói, Thảm cói, Túi cói, Giỏ lục bình, Thảm lục bình, Túi lục bình, \
            Hộp mây tre, Tượng gỗ, Lục bình gỗ, Đồng hồ gỗ, Thuyền gỗ, Trống đồng, Chuông đồng, Lư đồng, Đồ đồng, Chạm bạc, Vòng bạc, Vòng trầm, Vòng dâu tằm, Lược sừng, Đũa dừa, Đũa tre, Thớt gỗ nghiến, Dao rèn, Kéo rèn, Chổi đót, Chổi dừa, Rối nước, Mặt nạ giấy bồi, Tò he, Sáo trúc, Đàn bầu, Khèn, \
            Gùi, Ghế mây, Bàn trà tre, Ống hút tre, Ống hút cỏ bàng, Hoa voan, Hoa giấy, Tranh lá bồ đề, Tranh ghép gỗ, Gạch hoa, Ngói men",
        more: &[CRAFT],
        packs: "bộ 2 cái, bộ 3 chiếc, bộ 6, cỡ 30cm, cỡ 40 x 60cm, cỡ lớn, cỡ nhỏ",
    },
    Kind {
        set: 22,
        share: 20,
        price_unit: "H87",
        seasonal: false,
        heads: "Lụa tơ tằm, Lụa, Khăn lụa, Khăn thổ cẩm, Thổ cẩm, Túi thổ cẩm, Váy Mông, Áo dài, Áo bà ba, Áo chàm, Khăn rằn, Khăn piêu, Vải lanh, Vải đũi, Đũi, Chăn tơ tằm, Gối thảo mộc, Ví thổ cẩm, Mũ cói, Dép cói, Guốc mộc, Khăn choàng, Thú bông len, Búp bê vải",
        more: &[CRAFT],
        packs: "cỡ M, cỡ L, khổ 90cm, 180 x 60cm, bộ 2 chiếc",
    },
    Kind {
        set: 23,
        share: 10,
        price_unit: "H87",
        seasonal: true,
        heads: "Hoa lan hồ điệp, Lan kiếm, Lan phi điệp, Hoa hồng, Hoa cúc, Hoa ly, Hoa đào, Hoa mai, Hoa sen, Hoa đồng tiền, Hoa cẩm chướng, Hoa tuy líp, Dạ yến thảo, Hoa bất tử",
        more: &[GARDEN],
        packs: "chậu, cành, bó 10 cành, giỏ",
    },
    Kind {
        set: 24,
        share: 10,
        price_unit: "H87",
        seasonal: false,
        heads: "Mai vàng, Quất cảnh, Bưởi cảnh, Đào thế, Sanh, Si, Tùng la hán, Lộc vừng, Sen đá, Xương rồng, Trầu bà, Kim tiền, Vạn tuế, Nguyệt quế, Mẫu đơn, Trà hoa",
        more: &[GARDEN],
        packs: "chậu nhỏ, chậu lớn, cây",
    },
    Kind {
        set: 25,
        share: 3,
        price_unit: "H87",
        seasonal: false,
        heads: "Cá koi, Cá vàng, Cá la hán, Cá rồng, Chào mào, Gà tre, Gà chọi, Chim yến phụng, Vẹt",
        more: &[GARDEN],
        packs: "con, cặp",
    },
    Kind {
        set: 26,
        share: 22,
        price_unit: "H87",
        seasonal: true,
        heads: "Du lịch, Khu du lịch, Điểm du lịch, Làng du lịch, Homestay, Vườn sinh thái, Tour, Nhà vườn, Farmstay, Bản du lịch, Hợp tác xã du lịch, Chợ nổi",
        more: &[TOUR],
        packs: "gói nửa ngày, gói 2 ngày 1 đêm, vé",
    },
];

/// First syllables of trade names.
pub const BRAND_FIRST: &str = "An, Ánh, Ba, Bà, Bạch, Bảo, Bằng, Bích, Bình, Cát, Cẩm, Châu, Chí, Cổ, Cúc, Cửu, Dạ, Diệu, Dương, Đại, Đăng, Đất, Đồng, Đông, Đức, Gia, Giang, Giao, Hà, Hạ, Hải, Hạnh, Hào, Hoa, Hoàng, Hồng, Hợp, Huệ, Hùng, Huy, Hưng, Hương, Hữu, \
    Khải, Khang, Khánh, Khởi, Khuê, Kiên, Kiều, Kim, Kỳ, La, Lạc, Làng, Lâm, Liên, Linh, Long, Lộc, Lợi, Lúa, Lương, Mai, Mạnh, Mây, Mẫu, Mầm, Mỹ, Minh, Mộc, Mường, Nam, Nắng, Nga, Ngân, Nghĩa, Ngọc, Nguyên, Nguyệt, Nhã, Nhân, Nhất, Nhật, Như, Ninh, Nông, Núi, Ông, Phát, Phong, Phú, Phúc, Phương, Phượng, \
    Quang, Quê, Quế, Quý, Quyết, Rạng, Rồng, Rừng, Sao, Sáng, Sen, Sinh, Sóng, Sông, Sơn, Suối, Sương, Tam, Tâm, Tấn, Tân, Tây, Thái, Thanh, Thành, Thảo, Thắng, Thiên, Thiện, Thịnh, Thôn, Thu, Thuần, Thuận, Thủy, Thượng, Tiên, Tiến, Tín, Toàn, Tràng, Trầm, Trí, Triều, Trúc, Trung, Trường, Tú, Tuệ, Tùng, Tuyết, Tứ, \
    Uyên, Vạn, Vàng, Vân, Văn, Viên, Viễn, Việt, Vĩnh, Vinh, Vui, Vũ, Vương, Vườn, Xanh, Xuân, Xứ, Xưa, Yên, Yến";
/// Second syllables of trade names.
pub const BRAND_SECOND: &str = "An, Anh, Bắc, Bay, Biển, Bình, Bưng, Cầu, Châu, Chợ, Cội, Cồn, Cửa, Cường, Danh, Diễm, Dung, Duyên, Đài, Đàn, Đạt, Đầm, Điền, Đình, Đỉnh, Đoan, Đồi, Đồng, Đức, Gạo, Giàn, Giang, Giếng, Gò, Hà, Hải, Hân, Hậu, Hòa, Hoàn, Hội, Hồ, Huyền, Hưng, Hương, \
    Kênh, Khe, Khê, Khoa, Khương, Kinh, Ký, Lam, Lan, Lành, Lâm, Liêm, Loan, Long, Lũy, Luyến, Lý, Mai, Mận, Miên, Minh, My, Nam, Ngà, Ngàn, Nghi, Nghiêm, Ngọc, Nguồn, Nhâm, Nhi, Nhiên, Nhung, Nội, Nương, Oanh, Phát, Phong, Phố, Phúc, Phước, Quân, Quê, Quốc, Quyên, Quỳnh, Rẫy, Ruộng, Sa, Sâm, San, Sim, Sơn, Tài, Tâm, \
    Tây, Thắm, Thạch, Thanh, Thảo, Thạnh, Thông, Thơ, Thơm, Thu, Thục, Thư, Thường, Tín, Tình, Trà, Trai, Trạch, Trang, Trân, Tre, Triển, Trọng, Trung, Tuấn, Tuyền, Tường, Vàng, Vân, Vi, Việt, Vinh, Vọng, Vỹ, Xanh, Xuyên, Ý, Yên, Yến";

/// What a producer of each form is called before its trade name.
pub const COMPANIES: &str = "Công ty TNHH, Công ty cổ phần, Công ty TNHH MTV, Công ty TNHH Thực phẩm, Công ty cổ phần Nông nghiệp, Công ty TNHH Chế biến nông sản, Công ty TNHH Thương mại và Dịch vụ, Doanh nghiệp tư nhân, Công ty cổ phần Dược liệu, Công ty TNHH Thủy sản";
pub const COOPERATIVES: &str = "HTX, HTX Nông nghiệp, HTX Nông nghiệp hữu cơ, HTX Dịch vụ nông nghiệp, HTX Chăn nuôi, HTX Thủ công mỹ nghệ, HTX Sản xuất và tiêu thụ nông sản, HTX Trồng cây dược liệu, HTX Nuôi ong, HTX Du lịch cộng đồng, HTX Thủy sản";
pub const GROUPS: &str = "Tổ hợp tác, Tổ hợp tác trồng rau, Tổ hợp tác phụ nữ, Tổ hợp tác sản xuất bánh, Tổ hợp tác nuôi trồng thủy sản";
pub const FACILITIES: &str =
    "Cơ sở, Cơ sở sản xuất, Cơ sở chế biến, Xưởng sản xuất, Cơ sở kinh doanh, Xưởng mộc, Lò bánh";
pub const HOUSEHOLDS: &str = "Hộ kinh doanh";

/// Kinds of quality certificates, with how many of a hundred papers are of that kind, and who issues them.
pub const PAPERS: &[(&str, u32, &str)] = &[
    ("food_safety", 48, "Chi cục Quản lý chất lượng"),
    ("vietgap", 18, "Tổ chức chứng nhận Ví Dụ"),
    ("organic", 7, "Trung tâm chứng nhận hữu cơ Ví Dụ"),
    ("haccp", 8, "Trung tâm giám định Ví Dụ"),
    ("iso_22000", 6, "Trung tâm giám định Ví Dụ"),
    ("globalgap", 3, "Tổ chức chứng nhận Ví Dụ"),
    ("gmp", 3, "Cục Quản lý ví dụ"),
    ("fssc_22000", 1, "Trung tâm giám định Ví Dụ"),
    ("halal", 1, "Văn phòng chứng nhận halal Ví Dụ"),
    ("brcgs", 1, "Trung tâm giám định Ví Dụ"),
    ("fair_trade", 1, "Hiệp hội thương mại công bằng Ví Dụ"),
    ("geographical_indication", 3, "Hội sản xuất chỉ dẫn địa lý"),
];

pub fn list(words: &'static str) -> Vec<&'static str> {
    words.split(',').map(str::trim).collect()
}
